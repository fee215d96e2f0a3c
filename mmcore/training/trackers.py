"""The interface of a tracker, which receives the metrics and the figures of a run."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

from mmcore.config import RunConfig, TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Context

__all__ = ["Report", "Tracker", "TrackerGroup"]


@dataclass(frozen=True, slots=True)
class Report:
    """The metrics of the steps since the last report.

    Arguments:
        step: number of steps done.
        epoch: how many times all samples have been read.
        metrics: means over these steps, in nats: ``loss``, ``nll/NAME``, ``divergence/NAME``, and the last
            ``validation/loss``.
        speed: samples per second.
    """

    step: int
    epoch: float
    metrics: Mapping[str, float]
    speed: float

    @property
    def row(self) -> dict[str, float]:
        """Everything as one row of a table."""
        return {
            "step": self.step,
            "epoch": round(self.epoch, 4),
            **self.metrics,
            "samples_per_second": round(self.speed, 1),
        }


class Tracker(ABC):
    """Receives the metrics and the figures of a run.

    MUST: `log`.

    MAY: `start`, `figure`, `close`, `required`.

    The calls are `start`, then `log` for every report, then `figure` for every figure, then `close`; all of
    them in the main process. A tracker that raises an exception in `log`, `figure` or `close` is disabled
    with a warning and the training continues; an exception in `start` ends the run before the first step.
    """

    required: ClassVar[bool] = False
    """Whether an exception of this tracker ends the run."""

    @abstractmethod
    def log(self, report: Report) -> None:
        """Write the metrics of a report."""

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Prepare for the reports of a run; the default does nothing.

        Arguments:
            folder: folder of the run.
            config: configuration of the run.
            step: number of steps done; where it is not 0, the run continues from a checkpoint, and reports
                of later steps that were written before must be discarded.
        """
        return None

    def figure(self, name: str, path: Path) -> None:
        """Write a figure, a PNG file at ``path``; the default does nothing."""
        return None

    def close(self) -> None:
        """Release files and connections, after the run has ended or failed; the default does nothing."""
        return None


@final
class TrackerGroup(Tracker):
    """The trackers of a run as one, of which a failing tracker is disabled.

    Arguments:
        trackers: by name.
        warn: receives one sentence for each tracker that is disabled.
    """

    def __init__(self, trackers: Mapping[str, Tracker], warn: Callable[[str], None]) -> None:
        self._trackers, self._warn = dict(trackers), warn
        self._active: dict[str, Tracker] = {}

    @classmethod
    def of(
        cls, config: TrainingConfig, context: Context, warn: Callable[[str], None]
    ) -> "TrackerGroup":
        """Return the trackers that a configuration names.

        Raises:
            MmcoreError: a tracker is unknown, or one of its options is not valid.
        """
        options = config.tracker_options
        trackers = {n: context.make("tracker", n, options.get(n, {})) for n in config.trackers}
        return cls(trackers, warn)

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Start every tracker.

        Raises:
            MmcoreError: a tracker cannot start.
        """
        for name, tracker in self._trackers.items():
            try:
                tracker.start(folder, config, step)
            except MmcoreError:
                raise
            except Exception as error:
                raise MmcoreError(
                    f"tracker '{name}' cannot start ({_summary(error)}); change its options, or remove it"
                    " from --trackers"
                ) from error
            self._active[name] = tracker

    def log(self, report: Report) -> None:
        """Pass a report to every tracker."""
        self._each(lambda tracker: tracker.log(report))

    def figure(self, name: str, path: Path) -> None:
        """Pass a figure to every tracker."""
        self._each(lambda tracker: tracker.figure(name, path))

    def close(self) -> None:
        """Close every tracker."""
        self._each(lambda tracker: tracker.close())
        self._active.clear()

    def _each(self, call: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._active.items()):
            try:
                call(tracker)
            except Exception as error:
                if tracker.required:
                    raise
                del self._active[name]
                self._warn(f"tracker '{name}' is disabled after an error: {_summary(error)}")


def _summary(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
