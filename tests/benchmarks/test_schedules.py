"""The comparison of schedules, with trainings of a few steps."""

import json
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from mmcore.config.training import AdamSettings, TrainingConfig

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schedules():
    spec = spec_from_file_location("schedules", ROOT / "benchmarks" / "schedules.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_setting_with_the_name_default_is_the_default(schedules):
    training, adam = TrainingConfig(), AdamSettings()
    assert schedules.SETTINGS["default"] == {
        "batch_size": training.batch_size,
        "learning_rate": training.learning_rate,
        "adam.schedule": adam.schedule,
    }


def test_settings_differ(schedules):
    own = [tuple(setting.values()) for setting in schedules.SETTINGS.values()]
    assert len(set(own)) == len(own)


@pytest.mark.slow
def test_trainings_are_of_equal_time_and_none_is_repeated(schedules, tmp_path, capsys, monkeypatch):
    quick = partial(schedules.train_classifier, steps=2)
    monkeypatch.setattr(schedules, "train_classifier", quick)
    (tmp_path / "seconds.json").write_text(json.dumps({"256": 0.6, "64": 0.3}))
    small = ["--data", "sample", "--out", str(tmp_path), "--minutes", "0.02", "--rows", "100"]
    chosen = [*small, "--only", "default;batch 64", "--seeds", "0,1"]
    schedules.main(chosen)
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[5] for row in rows] == ["2", "4"]
    assert all(" to " in row for row in rows)
    monkeypatch.setattr(schedules, "measured", None)
    schedules.main(chosen)
    assert capsys.readouterr().out.splitlines()[2:] == rows
