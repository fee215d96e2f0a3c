"""The trackers that write files: JSON lines, CSV and TensorBoard."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from pydantic import BaseModel

from mmcore.config import RunConfig
from mmcore.plugins import Context
from mmcore.training.trackers import Report, Tracker

__all__ = ["CsvTracker", "JsonLinesTracker", "TensorBoardTracker"]


@final
class JsonLinesTracker(Tracker):
    """Writes ``metrics.jsonl``, one line of JSON for each report; the summary of a run reads it.

    Lines after the step from which a run continues are removed.
    """

    required = True

    def __init__(self, settings: BaseModel, context: Context) -> None:
        self._path = Path()

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Remove the lines after ``step``."""
        self._path = folder / "metrics.jsonl"
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        earlier = [line for line in lines if _is_before(line, step)]
        self._path.write_text("".join(f"{line}\n" for line in earlier), encoding="utf-8")

    def log(self, report: Report) -> None:
        """Append a line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(report.row) + "\n")


@final
class CsvTracker(Tracker):
    """Writes ``metrics.csv``, one row for each report.

    Rows after the step from which a run continues are removed. A cell is empty where a report does not
    have the metric.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        self._path, self._rows, self._columns = Path(), list[dict[str, Any]](), list[str]()

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Read the rows up to ``step``."""
        self._path = folder / "metrics.csv"
        if self._path.exists():
            with self._path.open(encoding="utf-8", newline="") as file:
                self._rows = [row for row in csv.DictReader(file) if _is_whole(row, step)]
        self._write()

    def log(self, report: Report) -> None:
        """Append a row, and write the whole file where there are new columns."""
        self._rows.append(report.row)
        if not report.row.keys() <= set(self._columns):
            self._write()
            return
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self._columns).writerow(report.row)

    def _write(self) -> None:
        self._columns = list(dict.fromkeys(name for row in self._rows for name in row))
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(self._rows)


@final
class TensorBoardTracker(Tracker):
    """Writes TensorBoard events to ``tensorboard``.

    TensorBoard hides events after the step from which a run continues.
    """

    def __init__(self, settings: BaseModel, context: Context) -> None:
        self._step = 0

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Open a new file of events."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def log(self, report: Report) -> None:
        """Write a scalar for each metric."""
        self._step = report.step
        for name, value in {**report.metrics, "samples_per_second": report.speed}.items():
            self._writer.add_scalar(name, value, report.step)

    def figure(self, name: str, path: Path) -> None:
        """Write an image at the step of the last report."""
        from matplotlib.image import imread

        self._writer.add_image(f"figures/{name}", imread(path), self._step, dataformats="HWC")

    def close(self) -> None:
        """Write the events that are buffered."""
        self._writer.close()


def _is_before(line: str, step: int) -> bool:
    try:
        return int(json.loads(line)["step"]) <= step
    except (ValueError, KeyError, TypeError):
        return False  # a run that was killed may have written a part of its last line


def _is_whole(row: Mapping[str, Any], step: int) -> bool:
    # A run that was killed may have written a part of its last row.
    return None not in row.values() and int(row["step"]) <= step
