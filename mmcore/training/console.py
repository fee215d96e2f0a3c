"""The progress of a training in the terminal."""

import time
from typing import final

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from mmcore.terminal.printing import Console, grid
from mmcore.training.trackers import Report, Tracker

__all__ = ["ProgressBar", "ProgressLines", "make_progress"]


@final
class ProgressBar(Tracker):
    """A progress bar below a table of the latest metrics.

    Arguments:
        console: terminal.
        steps: length of the training.
        step: number of steps done.
    """

    def __init__(self, console: Console, steps: int, step: int) -> None:
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]:.2f}  step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[speed]:,.0f} samples/s"),
            TimeRemainingColumn(),
            console=console.rich,
        )
        self._task = self._bar.add_task("train", total=steps, completed=step, epoch=0.0, speed=0.0)
        self._live = Live(self._bar, console=console.rich, refresh_per_second=4)
        self._live.start()

    def log(self, report: Report) -> None:
        """Update the bar and the table."""
        self._bar.update(self._task, completed=report.step, epoch=report.epoch, speed=report.speed)
        self._live.update(Group(_latest(report), self._bar))

    def close(self) -> None:
        """Stop updating; the last state stays visible."""
        self._live.stop()


@final
class ProgressLines(Tracker):
    """One line of text for each report, for output that is not a terminal.

    Arguments:
        console: output.
        steps: length of the training.
        step: number of steps done.
    """

    def __init__(self, console: Console, steps: int, step: int) -> None:
        self._console, self._steps = console, steps
        self._first_step, self._clock = step, time.monotonic()

    def log(self, report: Report) -> None:
        """Print a line."""
        spent = time.monotonic() - self._clock
        left = spent / (report.step - self._first_step) * (self._steps - report.step)
        terms = "  ".join(f"{name} {value:.1f}" for name, value in report.metrics.items())
        self._console.print(
            f"epoch {report.epoch:.2f}  step {report.step}/{self._steps}  {terms}  "
            f"{report.speed:,.0f} samples/s  {left:.0f} s left"
        )


def make_progress(console: Console, steps: int, step: int) -> Tracker:
    """Return a progress bar for a terminal, lines of text for any other output."""
    kind = ProgressBar if console.is_terminal else ProgressLines
    return kind(console, steps, step)


def _latest(report: Report) -> Table:
    values = [f"{value:,.1f}" for value in report.metrics.values()]
    return grid(list(report.metrics), [values], right=report.metrics)
