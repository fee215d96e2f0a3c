"""Each check of a tracker is seen failing: a tracker that keeps every promise, and planted faults."""

import random
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from support.faults import cases, claimed, failures, planned, report_of, require_caught

from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.testing import check_tracker, run_checks
from mmcore.testing.checks.tracker_case import TrackerCase
from mmcore.training.trackers import Tracker

CORE = Catalogue.discover({"MMCORE_PLUGINS": ""})


class Fine(Tracker):
    """A line of text for each report."""

    name = "lines.txt"

    def start(self, folder, config, step):
        self.path = self.place(folder)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        self.file = self.path.open("w")
        self.file.writelines(f"{line}\n" for line in lines if self.keeps(line, step))

    def place(self, folder):
        return folder / self.name

    def keeps(self, line, step):
        return int(line.split()[0]) <= step

    def log(self, report):
        self.file.write(f"{report.step} {report.metrics['loss']}\n")

    def close(self):
        self.file.close()


class Timed(Fine):
    """Writes text that differs from run to run, of which the number of lines is compared."""

    def log(self, report):
        self.file.write(f"{report.step} {random.SystemRandom().random()}\n")


class RaisesAtFigures(Fine):
    def figure(self, name, path):
        raise NotImplementedError


class OneReport(Fine):
    def log(self, report):
        super().log(report)
        assert report.step == 1


class OpensInLog(Fine):
    def start(self, folder, config, step):
        self.folder = folder

    def log(self, report):
        super().start(self.folder, None, report.step)
        super().log(report)


class NamesAreFiles(Fine):
    def log(self, report):
        for name, value in report.metrics.items():
            path = self.path.parent / f"{name}.txt"
            if name.startswith("nll/a/"):
                path.write_text(f"{value}\n")
        super().log(report)


class SameColumns(Fine):
    columns = None

    def log(self, report):
        self.columns = self.columns or set(report.metrics)
        assert set(report.metrics) <= self.columns
        super().log(report)


class EveryColumn(Fine):
    columns = frozenset()

    def log(self, report):
        assert set(report.metrics) >= self.columns
        self.columns = self.columns | set(report.metrics)
        super().log(report)


class Ascii(Fine):
    def log(self, report):
        for name in report.metrics:
            name.encode("ascii")
        super().log(report)


class WholeNumbers(Fine):
    def log(self, report):
        int(report.metrics["loss"])
        super().log(report)


class Finite(Fine):
    def log(self, report):
        assert report.metrics["loss"] != float("inf")
        super().log(report)


class RisingSteps(Fine):
    last = 0

    def log(self, report):
        assert report.step > self.last
        self.last = report.step
        super().log(report)


class Appends(Fine):
    def keeps(self, line, step):
        return True


class StartsAgain(Fine):
    def keeps(self, line, step):
        return False


class DropsTheStep(Fine):
    def keeps(self, line, step):
        return int(line.split()[0]) < step


class KeepsTheNext(Fine):
    def keeps(self, line, step):
        return int(line.split()[0]) <= step + 1


class ComparesTexts(Fine):
    def keeps(self, line, step):
        return line.split()[0] <= str(step)


class NumbersItsReports(Fine):
    count = 0

    def log(self, report):
        self.count += 1
        self.file.write(f"{self.count} {report.metrics['loss']}\n")


class TimedAppends(Timed):
    def keeps(self, line, step):
        return True


class LosesTheLast(Fine):
    """Writes a report when the next one arrives."""

    waiting = None

    def log(self, report):
        if self.waiting is not None:
            super().log(self.waiting)
        self.waiting = report


class SharesAFile(Fine):
    @property
    def file(self):
        return SharesAFile.shared

    @file.setter
    def file(self, value):
        SharesAFile.shared = value


class CountsAllRuns(Fine):
    files: ClassVar = []

    def log(self, report):
        self.files.append(report.step)
        self.file.write(f"{report.step} {sum(self.files) > report.step * (report.step + 1) / 2}\n")

    def close(self):
        super().close()
        self.files.clear()


class InTheWorkingFolder(Fine):
    def place(self, folder):
        return Path(self.name).resolve()


class BesideTheRun(Fine):
    def close(self):
        super().close()
        (self.path.parent.parent / "all-runs.txt").touch()


class ChangesTheConfiguration(Fine):
    def close(self):
        super().close()
        (self.path.parent / "config.yaml").write_text("tracked: true\n")


class EmptiesTheFolder(Fine):
    def start(self, folder, config, step):
        for path in folder.glob("model/*"):
            path.unlink()
        super().start(folder, config, step)


class MovesFigures(Fine):
    def figure(self, name, path):
        path.rename(path.with_name(f"tracked-{name}.png"))


class MarksFigures(Fine):
    def figure(self, name, path):
        path.write_bytes(path.read_bytes() + b"tracked")


class ReadsFiguresLater(Fine):
    figures = ()

    def figure(self, name, path):
        self.figures = (*self.figures, path)

    def close(self):
        super().close()
        for path in self.figures:
            path.read_bytes()


class RoundsMetrics(Fine):
    def log(self, report):
        report.metrics.update(loss=round(report.metrics["loss"]) if report.step > 1 else 10.0)
        super().log(report)


class TakesTheLoss(Fine):
    def log(self, report):
        self.file.write(f"{report.step} {report.metrics.pop('loss')}\n")


class WritesLater(Fine):
    def start(self, folder, config, step):
        super().start(folder, config, step)
        self.reports = []

    def log(self, report):
        self.reports.append(report)

    def close(self):
        for report in self.reports:
            super().log(report)
        super().close()


class DrawsAName(Fine):
    def start(self, folder, config, step):
        random.random()
        super().start(folder, config, step)


class DrawsNoise(Fine):
    def figure(self, name, path):
        np.random.rand()


class Seeds(Fine):
    def log(self, report):
        torch.manual_seed(0)
        torch.rand(1)
        super().log(report)


class LeavesOpen(Fine):
    def close(self):
        self.file.flush()


class HeldOpen(Fine):
    """Open files are held, so that no warning is given."""

    held: ClassVar = []

    def close(self):
        self.file.flush()
        self.held.append(self.file)


class LeavesAThread(Fine):
    def start(self, folder, config, step):
        super().start(folder, config, step)
        self.thread = threading.Thread(target=lambda: threading.Event().wait(1), daemon=True)

    def close(self):
        super().close()
        self.thread.start()


FAULTS = [
    (RaisesAtFigures, "calls-of-a-run", "keeps-figures", "no-randomness"),
    (OneReport, "calls-of-a-run", ...),
    (OpensInLog, "close-without-log", ...),
    (NamesAreFiles, "metric-names"),
    (SameColumns, "metric-names"),
    (EveryColumn, "metric-names"),
    (Ascii, "metric-names"),
    (WholeNumbers, "infinite-metrics"),
    (Finite, "infinite-metrics"),
    (RisingSteps, "repeated-step"),
    (Appends, "continues"),
    (StartsAgain, "continues"),
    (DropsTheStep, "continues"),
    (KeepsTheNext, "continues"),
    (ComparesTexts, "continues"),
    (NumbersItsReports, "continues"),
    (TimedAppends, "continues"),
    (LosesTheLast, "keeps-reports"),
    (SharesAFile, "runs-apart", ...),
    (CountsAllRuns, "runs-apart", ...),
    (InTheWorkingFolder, "own-folder"),
    (BesideTheRun, "own-folder"),
    (ChangesTheConfiguration, "own-folder"),
    (EmptiesTheFolder, "own-folder"),
    (MovesFigures, "keeps-figures"),
    (MarksFigures, "keeps-figures"),
    (ReadsFiguresLater, "keeps-figures"),
    (RoundsMetrics, "keeps-reports", ...),
    (TakesTheLoss, "keeps-reports", ...),
    (WritesLater, "keeps-reports"),
    (DrawsAName, "no-randomness"),
    (DrawsNoise, "no-randomness"),
    (Seeds, "no-randomness"),
    (LeavesOpen, "closes-files", ...),
    (HeldOpen, "closes-files"),
    (LeavesAThread, "closes-files"),
]


@pytest.mark.parametrize("make", [Fine, Timed])
def test_a_tracker_that_keeps_every_promise_passes_every_check(make):
    assert check_tracker(make).ok


@pytest.mark.parametrize("name", CORE.names("tracker"))
def test_the_trackers_of_the_core_keep_every_promise(name):
    run_checks("tracker", name, CORE).require_ok()


def test_a_tracker_without_its_package_is_skipped_and_another_error_is_not():
    def lacking():
        raise MmcoreError("tracker 'cloud' needs packages that are not installed; install them")

    def wrong():
        raise MmcoreError("tracker 'cloud' has no project; choose one")

    own = planned("tracker")
    report = check_tracker(lacking)
    assert own <= {outcome.check for outcome in report.having("skipped")}
    assert failures(report_of("tracker", TrackerCase(wrong))) == own


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("tracker", TrackerCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("tracker")
