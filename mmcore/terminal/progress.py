"""Progress of a command: bars on a terminal, and lines of text in a log."""

from collections.abc import Iterable, Iterator
from threading import Event, Thread
from types import TracebackType
from typing import Self, TypeVar, final

from rich import progress as rich

from mmcore.terminal.printing import Console

__all__ = ["Progress"]

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

    def move(self, bar: int, done: float, name: str | None = None) -> None:
        """Set the finished steps of a bar, and its name if it changes."""
        self._bars.update(rich.TaskID(bar), completed=done, description=name)

    def track(self, items: Iterable[Item], total: int, name: str) -> Iterator[Item]:
        """Yield the items, and move a bar with them."""
        yield from self._bars.track(items, total, description=name)

    def _print_lines(self) -> None:
        while not self._ended.wait(self._seconds):
            for task in self._bars.tasks:
                if not task.finished:
                    self._console.print(_line(task))


def _line(task: rich.Task) -> str:
    line = f"{task.description} {task.percentage:.0f} %".strip()
    if not task.completed or not task.total or task.elapsed is None:
        return line
    left = task.elapsed * (task.total / task.completed - 1)
    return f"{line}, {left:.0f} s left"
