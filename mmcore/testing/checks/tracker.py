"""Checks of a tracker: the calls of a run, continued runs, its folder, and its files."""

import gc
import math
import threading
import warnings

from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tracker_case import (
    OTHERS,
    TrackerCase,
    figure,
    generators,
    open_files,
    report,
    require_same_rows,
    run_folder,
    texts,
)
from mmcore.testing.kit import Kit
from mmcore.training.trackers import Report

__all__ = ["TRACKER"]


def calls_of_a_run(case: TrackerCase) -> None:
    """start, log, figure and close are accepted in this order."""
    with run_folder() as folder:
        tracker = case.started(folder)
        for step in range(1, 4):
            tracker.log(report(step))
        for name in ("loss", "validation"):
            tracker.figure(name, figure(folder))
        tracker.close()


def close_without_log(case: TrackerCase) -> None:
    """A run that fails before the first report is closed."""
    with run_folder() as folder:
        case.started(folder).close()


def metric_names(case: TrackerCase) -> None:
    """Metrics have any names with `/`, and later reports may have more metrics, or fewer."""
    later = {"validation/loss": 3.0, "nll/a/b": 1.0, "divergence/größe x": 2.0}
    with run_folder() as folder:
        case.track(folder, [report(1), report(2, **later), report(3)])


def infinite_metrics(case: TrackerCase) -> None:
    """A metric may be infinite or not a number."""
    with run_folder() as folder:
        case.track(folder, [report(1, loss=math.nan), report(2, loss=math.inf)])


def repeated_step(case: TrackerCase) -> None:
    """A step may be reported twice."""
    with run_folder() as folder:
        case.track(folder, [report(1), report(1), report(2)])


def continues(case: TrackerCase) -> None:
    """The text files of a continued run are those of an uninterrupted run: no later and no repeated rows."""
    whole = [report(step) for step in range(1, 13)]
    lost = [report(step, loss=-step) for step in range(9, 12)]
    with run_folder() as one, run_folder() as again, run_folder() as cut:
        case.track(one, whole)
        case.track(again, whole)
        if not texts(one):
            raise NotApplicable("it writes no text file")
        case.track(cut, [*whole[:8], *lost])
        case.track(cut, whole[8:], step=8)
        require_same_rows(texts(cut), texts(one), texts(again), "a continued run")


def runs_apart(case: TrackerCase) -> None:
    """Two runs in one process do not mix."""
    whole = [report(step) for step in range(1, 5)]
    with run_folder() as alone, run_folder() as again, run_folder() as one, run_folder() as two:
        case.track(alone, whole)
        case.track(again, whole)
        first, second = case.started(one), case.started(two)
        for step in range(1, 5):
            first.log(report(step))
            second.log(report(step + 20))
        second.close()
        first.close()
        names = [sorted(texts(folder)) for folder in (one, two)]
        require(names[0] == names[1], f"two runs have the files {names[0]} and {names[1]}")
        require_same_rows(texts(one), texts(alone), texts(again), "a run beside another")


def own_folder(case: TrackerCase) -> None:
    """It writes nothing outside of the folder of the run, and no file of the run itself."""
    with run_folder() as folder:
        for name, text in OTHERS.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        case.track(folder, [report(1), report(2)])
        beside = sorted({path.name for path in folder.parent.iterdir()} - {folder.name})
        require(not beside, f"it writes {', '.join(beside)} outside of the folder of the run")
        for name, text in OTHERS.items():
            path = folder / name
            same = path.is_file() and path.read_text(encoding="utf-8") == text
            require(same, f"it changes {name} of the run")


def keeps_figures(case: TrackerCase) -> None:
    """A figure stays as it is, and is not needed after the call."""
    with run_folder() as folder:
        tracker = case.started(folder)
        tracker.log(report(1))
        path = figure(folder)
        before = path.read_bytes()
        tracker.figure("loss", path)
        require(path.is_file() and path.read_bytes() == before, "it changes the file of a figure")
        path.unlink()
        tracker.close()


def keeps_reports(case: TrackerCase) -> None:
    """The metrics of a report stay as they are, and are not needed after the call."""
    with run_folder() as folder, run_folder() as fresh, run_folder() as again:
        metrics = dict(report(1).metrics)
        tracker = case.started(folder)
        for step in range(1, 4):
            wanted = dict(report(step).metrics)
            metrics.update(wanted)
            tracker.log(Report(step, step / 10, metrics, 100.0))
            require(metrics == wanted, f"it changes the metrics {wanted} to {metrics}")
        metrics.update(loss=0.0)
        tracker.close()
        for other in (fresh, again):
            case.track(other, [report(step) for step in range(1, 4)])
        require_same_rows(texts(folder), texts(fresh), texts(again), "a reused dictionary")


def no_randomness(case: TrackerCase) -> None:
    """It changes no global generator, so that the training is the same with any trackers."""
    with run_folder() as folder:
        before = generators()
        tracker = case.started(folder)
        tracker.log(report(1))
        tracker.figure("loss", figure(folder))
        tracker.close()
        for name, state in generators().items():
            require(state == before[name], f"it changes the generator of {name}")


def closes_files(case: TrackerCase) -> None:
    """After `close`, no file is open and no thread runs."""
    gc.collect(1)
    threads = threading.active_count()
    with run_folder() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        case.track(folder, [report(1), report(2)])
        gc.collect(1)
        still = open_files(folder)
    left = [str(w.message) for w in caught if issubclass(w.category, ResourceWarning)]
    require(not left, f"it leaves files open: {'; '.join(left)}")
    require(not still, f"it leaves files open: {', '.join(still)}")
    require(threading.active_count() <= threads, "it leaves a thread running")


TRACKER = Kit(
    "tracker",
    TrackerCase,
    TrackerCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                calls_of_a_run,
                close_without_log,
                metric_names,
                infinite_metrics,
                repeated_step,
                continues,
                runs_apart,
                own_folder,
                keeps_figures,
                keeps_reports,
                no_randomness,
                closes_files,
            ),
        ),
    ),
)
