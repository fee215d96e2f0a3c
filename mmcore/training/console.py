"""The training on the screen."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from mmcore.training.trackers import Observer, Report

__all__ = ["Screen", "make_screen"]


class Screen(Observer):
    """A bar with a table of the latest metrics, redrawn in place.

    Arguments:
        console: a terminal.
        steps: length of the training.
        step: where it goes on.
    """

    def __init__(self, console: Console, steps: int, step: int) -> None:
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]:.2f}  step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[speed]:,.0f} samples/s"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("train", total=steps, completed=step, epoch=0.0, speed=0.0)
        self._live = Live(self._bar, console=console, refresh_per_second=4)
        self._live.start()

    def observe(self, report: Report) -> None:
        """Redraw."""
        self._bar.update(self._task, completed=report.step, epoch=report.epoch, speed=report.speed)
        self._live.update(Group(_table(report), self._bar))

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()


class Lines(Observer):
    """One plain line for each report, where the output is not a terminal.

    Arguments:
        console: where to.
        steps: length of the training.
        step: where it goes on.
    """

    def __init__(self, console: Console, steps: int, step: int) -> None:
        self._console, self._steps = console, steps
        self._from, self._clock = step, time.monotonic()

    def observe(self, report: Report) -> None:
        """Print a line."""
        spent = time.monotonic() - self._clock
        left = spent / (report.step - self._from) * (self._steps - report.step)
        terms = "  ".join(f"{name} {value:.1f}" for name, value in report.metrics.items())
        self._console.print(
            f"epoch {report.epoch:.2f}  step {report.step}/{self._steps}  {terms}  "
            f"{report.speed:,.0f} samples/s  {left:.0f} s left",
            soft_wrap=True,
            highlight=False,
        )


def make_screen(console: Console, steps: int, step: int) -> Observer:
    """Return what fits the console: a live display or plain lines."""
    return Screen(console, steps, step) if console.is_terminal else Lines(console, steps, step)


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in report.metrics:
        table.add_column(name, justify="right")
    table.add_row(*(f"{value:,.1f}" for value in report.metrics.values()))
    return table
