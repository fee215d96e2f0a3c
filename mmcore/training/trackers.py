"""Those who watch a training: files, TensorBoard and the screen."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MetricsFile", "Observer", "Report", "TensorBoard"]


@dataclass(frozen=True, slots=True)
class Report:
    """A line of metrics.

    Arguments:
        step: number of steps done.
        epoch: how many times all samples have been read.
        metrics: means since the last line, in nats: ``loss``, ``nll/NAME``, ``divergence/NAME``.
        speed: samples per second.
    """

    step: int
    epoch: float
    metrics: Mapping[str, float]
    speed: float


class Observer(ABC):
    """Is told of every line of metrics.

    MUST: `observe`.

    MAY: `close`.
    """

    @abstractmethod
    def observe(self, report: Report) -> None:
        """Take note of a line."""

    def close(self) -> None:
        """Finish, when the training has ended or failed."""
        return None


class MetricsFile(Observer):
    """Writes ``metrics.jsonl``, one line of JSON for each report.

    Arguments:
        path: the file; lines after ``step``, from a run that was cut off, are dropped.
        step: where the training goes on.
    """

    def __init__(self, path: Path, step: int) -> None:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if _is_before(line, step)]
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        self._path = path

    def observe(self, report: Report) -> None:
        """Append a line."""
        line = {
            "step": report.step,
            "epoch": round(report.epoch, 4),
            **report.metrics,
            "samples_per_second": round(report.speed, 1),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class TensorBoard(Observer):
    """Writes TensorBoard events.

    Arguments:
        folder: where to.
        step: where the training goes on; later events of a run that was cut off are hidden.
    """

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def observe(self, report: Report) -> None:
        """Write a scalar for each metric."""
        for name, value in {**report.metrics, "samples_per_second": report.speed}.items():
            self._writer.add_scalar(name, value, report.step)

    def close(self) -> None:
        """Write what is buffered."""
        self._writer.close()


def _is_before(line: str, step: int) -> bool:
    try:
        return int(json.loads(line)["step"]) <= step
    except (ValueError, KeyError, TypeError):
        return False  # the last line of a run that was killed while it wrote
