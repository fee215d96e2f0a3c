"""The comparison of dynamic priors, with runs of two steps."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from mmcore import Model
from mmcore.config.evaluation import EvaluationSettings
from mmcore.reporting.record import Column, EvaluationRecord, MetricRecord, Table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def which_prior():
    spec = spec_from_file_location("which_prior", ROOT / "benchmarks" / "which_prior.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(value):
    columns = (Column(name="accuracy"), Column(name="other"))
    table = Table(name="t", about="a", columns=columns, rows={"x": (value, None)})
    return EvaluationRecord(
        mmcore="0",
        run="r",
        method="mmjsd",
        modalities=("m",),
        data="sample",
        data_items={},
        model_sha256="0",
        settings=EvaluationSettings(),
        metrics={"n": MetricRecord(digest="0", seconds=0.0, tables=(table,))},
    )


def test_every_mean_is_an_option_of_mmjsd(which_prior):
    for options in which_prior.MEANS.values():
        Model.from_plugins("text", content_dim=2, style_dim=0, **options)


def test_a_cell_has_the_mean_and_the_deviation_over_seeds(which_prior):
    lines = list(which_prior.merged({"one": [record(1.0), record(3.0)], "two": [record(None)] * 2}))
    assert "| one | x | 2 ± 1.4 |  |" in lines
    assert "| two | x |  |  |" in lines


@pytest.mark.slow
def test_the_study_prints_all_tables_and_repeats_no_run(which_prior, tmp_path, capsys, monkeypatch):
    small = ["--modalities", "mnist,text", "--data", "sample", "--steps", "2", "--seeds", "0,1"]
    chosen = ["--only", "geometric;learned power", "--rows", "300", "--out", str(tmp_path)]
    metrics = ["--metrics", "representation", "likelihood", "--likelihood-rows", "4"]
    which_prior.main([*small, *chosen, *metrics])
    first = capsys.readouterr().out
    assert "| geometric | " in first
    assert "log-likelihood" in first
    assert "learned powers, by seed: -1.0" in first
    monkeypatch.setattr(which_prior.mmcore, "train", None)
    which_prior.main([*small, *chosen, *metrics])
    assert capsys.readouterr().out.count("±") == first.count("±") > 10
