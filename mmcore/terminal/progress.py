"""Progress of a command: bars on a terminal, and lines of text in a log."""

from collections.abc import Iterable, Iterator
from threading import Event, Thread
from types import TracebackType
from typing import Self, TypeVar, final

from rich import progress as rich

from mmcore.terminal.printing import Console

__all__ = ["Progress", "seconds_left"]

Item = TypeVar("Item")


@final
class Progress:
    """Bars that disappear when they are finished; where lines cannot be replaced, a line at intervals.

    Arguments:
        console: the terminal, or a file.
        seconds: between the lines in a file.
    """

    def __init__(self, console: Console, seconds: float = 10.0) -> None:
        self._console, self._seconds = console, seconds
        self._bars = rich.Progress(
            rich.TextColumn("{task.description}", markup=False),
            rich.BarColumn(),
            rich.TaskProgressColumn(),
            rich.TimeRemainingColumn(),
            console=console.rich,
            transient=True,
        )
        self._reached: dict[rich.TaskID, float] = {}
        self._ended = Event()
        self._lines = Thread(target=self._print_lines, daemon=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        else:
            self._lines.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._console.is_terminal:
            self._bars.stop()
        else:
            self._lines.join()

    def add(self, total: float, name: str = "") -> int:
        """Add a bar, and return its number."""
        return self._bars.add_task(name, total=total)

    def advance(self, bar: int, steps: float = 1.0) -> None:
        """Add finished steps to a bar."""
        self._bars.advance(rich.TaskID(bar), steps)
        self._mark(rich.TaskID(bar))

    def move(self, bar: int, done: float, name: str | None = None) -> None:
        """Set the finished steps of a bar, and its name if it changes."""
        before = self._bars.tasks[bar].completed
        self._bars.update(rich.TaskID(bar), completed=done, description=name)
        if done != before:
            self._mark(rich.TaskID(bar))

    def track(self, items: Iterable[Item], total: int, name: str) -> Iterator[Item]:
        """Yield the items, and move a bar with them."""
        bar = self.add(total, name)
        for item in items:
            yield item
            self.advance(bar)

    def _print_lines(self) -> None:
        while not self._ended.wait(self._seconds):
            for task in self._bars.tasks:
                if not task.finished:
                    self._console.print(_line(task, self._reached.get(task.id, 0.0)))

    def _mark(self, bar: rich.TaskID) -> None:
        self._reached[bar] = self._bars.tasks[bar].elapsed or 0.0


def seconds_left(done: float, reached: float, elapsed: float) -> float:
    """Return the remaining seconds at the speed until the last step; they decrease until the next one.

    Arguments:
        done: the finished share, from above 0 to 1.
        reached: seconds from the start until this share was finished.
        elapsed: seconds since the start.

    Example:
        >>> from mmcore.terminal.progress import seconds_left
        >>> seconds_left(0.25, 10, 10), seconds_left(0.25, 10, 30)
        (30.0, 10.0)
    """
    return reached * (1 / done - 1) - (elapsed - reached)


def _line(task: rich.Task, reached: float) -> str:
    line = f"{task.description} {task.percentage:.0f} %".strip()
    if not task.completed or not task.total or task.elapsed is None:
        return line
    left = seconds_left(task.completed / task.total, reached, task.elapsed)
    return f"{line}, {left:.0f} s left" if left > 0 else line
