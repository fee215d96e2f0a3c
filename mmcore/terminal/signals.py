"""Signals that end a command: SIGINT, SIGTERM and SIGHUP."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Final, final

from mmcore.errors import MmcoreError

__all__ = ["Interrupted", "interruptible", "postponed"]

ONE_REQUEST = 3.0
"""Seconds in which a signal is the same request again: SLURM sends it to all processes of a training, and
torchrun passes on the one that it has received itself."""
ENDING: Final = tuple(s for s in signal.Signals if s.name in ("SIGINT", "SIGTERM", "SIGHUP"))


@final
class Interrupted(BaseException):
    """A signal ends the command; like `KeyboardInterrupt`, it is not an `Exception`.

    Arguments:
        number: of the signal.
        remedy: how the work is continued.
    """

    def __init__(self, number: int, remedy: str = "start the command again") -> None:
        super().__init__(f"ended by {signal.Signals(number).name}; {remedy}")
        self.number = number

    @property
    def exit_code(self) -> int:
        """The exit code of shells for this signal: 130, 143 or 129."""
        return 128 + self.number


@final
class _Receiver:
    """The handler of the signals; there is one, because signals belong to the process."""

    def __init__(self) -> None:
        self.number, self._at = 0, 0.0
        self.postponed = False
        self._previous: dict[signal.Signals, object] = {}

    def install(self) -> None:
        # A signal that is ignored stays ignored: nohup relies on it.
        handled = [s for s in ENDING if signal.getsignal(s) is not signal.SIG_IGN]
        self._previous = {number: signal.signal(number, self._receive) for number in handled}

    def remove(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self.number = 0

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            if number != self.number or monotonic() - self._at > ONE_REQUEST:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)
            return
        self.number, self._at = number, monotonic()
        if not self.postponed:
            raise Interrupted(number)


_receiver = _Receiver()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in the block at the first signal; a second one ends the process at once.

    The same signal again within three seconds is no second one.

    Only the main thread can enter the block.
    """
    _receiver.install()
    try:
        yield
    except MmcoreError:
        raise
    except Exception as error:
        # Libraries replace an exception that is raised while they are imported.
        if _receiver.number:
            raise Interrupted(_receiver.number) from error
        raise
    finally:
        _receiver.remove()


@contextmanager
def postponed() -> Iterator[Callable[[], int]]:
    """Postpone `Interrupted` to the end of the block.

    Yields a function that returns the number of the signal, 0 before a signal. Outside `interruptible` it
    always returns 0, and signals keep their usual effect.
    """
    _receiver.postponed = True
    try:
        yield lambda: _receiver.number
    finally:
        _receiver.postponed = False
    if _receiver.number:
        raise Interrupted(_receiver.number)
