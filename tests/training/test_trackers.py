"""Trackers: files that continue where a run continues, errors, and loggers of other libraries."""

import csv
import json
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mmcore.config import ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.config.training import LoggerSettings
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.plugins.configured import check_components
from mmcore.plugins.loading import NoSettings
from mmcore.runs.settings.assemble import assemble
from mmcore.testing import catalogue_of
from mmcore.testing.catalogues import VECTORS
from mmcore.training.loggers import wandb
from mmcore.training.trackers import Report, Tracker, TrackerGroup
from mmcore.training.writers import CsvTracker, JsonLinesTracker, TensorBoardTracker

CONFIG = RunConfig(model=ModelConfig(modalities={"a": ModalityConfig(kind="vector")}))


def report(step, **metrics):
    return Report(step, step / 10, {"loss": 1 / step, **metrics}, 100.0)


def opened(kind, folder, step=0):
    tracker = kind(NoSettings(), Context())
    tracker.start(folder, CONFIG, step)
    return tracker


def written(kind, folder, steps, start=0):
    tracker = opened(kind, folder, start)
    for step in steps:
        tracker.log(report(step))
    tracker.close()


@pytest.mark.parametrize(
    ("kind", "name"), [(JsonLinesTracker, "metrics.jsonl"), (CsvTracker, "metrics.csv")]
)
def test_a_file_continues_at_the_step_of_the_checkpoint(tmp_path, kind, name):
    for folder in ("whole", "cut"):
        (tmp_path / folder).mkdir()
    written(kind, tmp_path / "whole", [2, 4, 6, 8])
    written(kind, tmp_path / "cut", [2, 4, 6])
    text = (tmp_path / "cut" / name).read_text()
    (tmp_path / "cut" / name).write_text(text.rstrip()[:-12])  # killed while it wrote
    written(kind, tmp_path / "cut", [6, 8], start=4)
    assert (tmp_path / "cut" / name).read_text() == (tmp_path / "whole" / name).read_text()


def test_a_step_that_is_half_written_is_not_taken_for_an_earlier_one(tmp_path):
    written(CsvTracker, tmp_path, [2, 4, 12])
    path = tmp_path / "metrics.csv"
    path.write_bytes(path.read_bytes()[: path.read_bytes().rindex(b"\n12,") + 2])
    opened(CsvTracker, tmp_path, step=4)
    assert [row.split(",")[0] for row in path.read_text().splitlines()] == ["step", "2", "4"]


def test_a_column_that_comes_later_is_added_to_the_csv(tmp_path):
    tracker = opened(CsvTracker, tmp_path)
    tracker.log(report(1))
    tracker.log(report(2, **{"validation/loss": 5.0}))
    tracker.log(report(3, **{"validation/loss": 4.0}))
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["validation/loss"] for row in rows] == ["", "5.0", "4.0"]
    assert [float(row["loss"]) for row in rows] == [1, 1 / 2, 1 / 3]


def test_tensorboard_has_metrics_and_figures_and_hides_repeated_steps(tmp_path):
    written(TensorBoardTracker, tmp_path, [1, 2, 3])
    tracker = opened(TensorBoardTracker, tmp_path, step=2)
    tracker.log(report(3))
    Figure().savefig(tmp_path / "loss.png", dpi=20)
    tracker.figure("loss", tmp_path / "loss.png")
    tracker.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss")] == [1, 2, 3]
    assert [event.step for event in events.Images("figures/loss")] == [3]


# -- errors ------------------------------------------------------------------------------------------


class Recorder(Tracker):
    """Records its calls, and fails at those that it is given."""

    def __init__(self, *failing):
        self.failing, self.calls = failing, []

    def _call(self, name):
        self.calls.append(name)
        if name in self.failing:
            raise OSError("disk\nfull")

    def start(self, folder, config, step):
        self._call("start")

    def log(self, report):
        self._call("log")

    def figure(self, name, path):
        self._call("figure")

    def close(self):
        self._call("close")


def group(warnings, **trackers):
    return TrackerGroup(trackers, warnings.append)


def used(trackers):
    trackers.start(Path(), CONFIG, 0)
    trackers.log(report(1))
    trackers.log(report(2))
    trackers.figure("loss", Path("loss.png"))
    trackers.close()


ALL = ["start", "log", "log", "figure", "close"]


@pytest.mark.parametrize("failing", ["log", "figure", "close"])
def test_a_failing_tracker_is_disabled_with_one_warning(failing):
    bad, good, warnings = Recorder(failing), Recorder(), []
    used(group(warnings, bad=bad, good=good))
    assert good.calls == ALL
    assert bad.calls == ALL[: ALL.index(failing) + 1]
    assert warnings == ["tracker 'bad' is disabled after an error: OSError: disk full"]


def test_a_tracker_that_cannot_start_ends_the_run():
    good = Recorder()
    trackers = group([], good=good, bad=Recorder("start"))
    with pytest.raises(MmcoreError, match=r"tracker 'bad' cannot start \(OSError: disk full\)"):
        used(trackers)
    trackers.close()
    assert good.calls == ["start", "close"]


def test_an_error_of_a_required_tracker_ends_the_run():
    class Required(Recorder):
        required = True

    with pytest.raises(OSError, match="disk"):
        used(group([], bad=Required("log")))
    assert JsonLinesTracker.required


# -- configuration -----------------------------------------------------------------------------------


def test_the_metrics_file_is_always_written():
    assert TrainingConfig().trackers == ("jsonl", "tensorboard")
    assert TrainingConfig(trackers=[]).trackers == ("jsonl",)
    assert TrainingConfig(trackers=["csv", "jsonl"]).trackers == ("jsonl", "csv")


def test_options_by_name_of_the_component():
    choices = {
        "wandb.project": "study",
        "trackers": ["wandb"],
        "adam.schedule": "cosine",
        "gradient_clip": 1.0,
    }
    training = assemble({"text": "text"}, choices).training
    assert training.tracker_options == {"wandb": {"project": "study"}}
    assert training.optimizer_options == {"schedule": "cosine"}
    assert training.gradient_clip == 1.0


def test_options_of_a_tracker_that_is_not_used_are_refused():
    with pytest.raises(MmcoreError, match="'wandb', which is neither one of the modalities"):
        assemble({"text": "text"}, {"wandb.project": "study"})
    with pytest.raises(ValueError, match="not among the trackers jsonl, tensorboard"):
        TrainingConfig(tracker_options={"csv": {}})


def test_an_unknown_tracker_is_one_sentence():
    config = TrainingConfig(trackers=["tensorbord"])
    with pytest.raises(MmcoreError, match=r"unknown tracker 'tensorbord'.*'tensorboard'"):
        TrackerGroup.of(config, Context(catalogue=catalogue_of()), print)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"optimizer": "adm"}, r"unknown optimizer 'adm'.*'adam'"),
        ({"adam.schedul": "cosine"}, r"optimizer 'adam' has no option 'schedul'.*'schedule'"),
        ({"trackers": ["cvs"]}, r"unknown tracker 'cvs'.*'csv'"),
        ({"trackers": ["csv"], "csv.name": "x"}, "tracker 'csv' has no option 'name'"),
    ],
)
def test_names_and_options_are_checked_before_a_model_is_made(choices, message):
    catalogue = catalogue_of(*VECTORS)
    config = assemble({"vector-a": "vector-a"}, choices)
    with pytest.raises(MmcoreError, match=message):
        check_components(config, catalogue)


# -- loggers of other libraries ----------------------------------------------------------------------

WANDB = """
calls = []
class _Run:
    def log(self, values, step=None):
        calls.append(("log", values, step))
    def finish(self):
        calls.append(("finish",))
class config:
    @staticmethod
    def update(values, allow_val_change=False):
        calls.append(("config", values))
class Image:
    def __init__(self, pixels):
        self.shape = pixels.shape
def init(**arguments):
    calls.append(("init", arguments))
    return _Run()
"""


@pytest.fixture
def fake_wandb(tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "wandb.py").write_text(WANDB)
    monkeypatch.syspath_prepend(tmp_path / "lib")
    yield
    sys.modules.pop("wandb", None)


@pytest.mark.usefixtures("fake_wandb")
def test_a_logger_receives_configuration_metrics_and_figures(tmp_path):
    settings = LoggerSettings(project="study", init={"mode": "offline"})
    tracker = wandb(settings, Context())
    (tmp_path / "run-1").mkdir()
    tracker.start(tmp_path / "run-1", CONFIG, 0)
    tracker.log(report(2))
    Figure().savefig(tmp_path / "loss.png", dpi=20)
    tracker.figure("loss", tmp_path / "loss.png")
    tracker.close()
    import wandb as library

    init, config, log, figure, finish = library.calls
    assert init == ("init", {"project": "study", "name": "run-1", "mode": "offline"})
    assert config[1]["training.steps"] == 2000
    assert config[1]["model.modalities.a.kind"] == "vector"
    assert log == ("log", {"loss": 0.5, "epoch": 0.2, "samples_per_second": 100.0}, 2)
    assert list(figure[1]) == ["figures/loss"]
    assert finish == ("finish",)


@pytest.mark.parametrize("name", ["wandb", "mlflow", "trackio"])
def test_a_missing_package_is_one_sentence(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("mmcore.training.loggers.find_spec", lambda _: None)
    config = TrainingConfig(trackers=[name])
    with pytest.raises(MmcoreError, match=rf"install them by pip install 'mmcore\[{name}\]'"):
        TrackerGroup.of(config, Context(catalogue=catalogue_of()), print)


def test_the_row_of_a_report_is_json():
    assert json.loads(json.dumps(report(4).row)) == {
        "step": 4,
        "epoch": 0.4,
        "loss": 0.25,
        "samples_per_second": 100.0,
    }
