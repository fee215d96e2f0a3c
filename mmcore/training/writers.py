"""The trackers that write files: JSON lines, CSV and TensorBoard."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from pydantic import BaseModel

from mmcore.config import RunConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.storage.schemas import read_metrics
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
        self._path = _checked(folder / "metrics.jsonl")
        earlier = [line for line in read_metrics(self._path) if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in earlier)
        self._path.write_text(text, encoding="utf-8")

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
        self._path = _checked(folder / "metrics.csv")
        if self._path.exists():
            self._rows = [row for row in _rows(self._path) if _is_whole(row, step)]
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


def _checked(path: Path) -> Path:
    if path.exists() and not path.is_file():
        raise MmcoreError(f"'{path}' is no file, expected the metrics of the run; remove it")
    return path


def _rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV file; one that is damaged is written anew, from the reports that follow."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error):
        return []


def _is_whole(row: Mapping[str, Any], step: int) -> bool:
    # A run that was killed may have written a part of its last row.
    number = str(row.get("step"))
    return None not in row and None not in row.values() and number.isdigit() and int(number) <= step
