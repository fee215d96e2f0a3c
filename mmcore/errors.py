"""The exception for errors of the user, and helpers for its message."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import ClassVar, final

__all__ = ["MmcoreError", "TrainingStopped", "documented", "listed", "nearest"]


class MmcoreError(Exception):
    """An error that the user can fix; its message is one sentence that states how.

    The command line prints the message and exits with ``exit_code``.

    Arguments:
        message: the sentence.
        page: the page of ``docs/`` that explains it, such as ``studies``, which the message names.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str = "", *, page: str = "") -> None:
        super().__init__(message)
        self.page = page

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} (see docs/{self.page}.md)" if self.page else message


@final
class TrainingStopped(MmcoreError):
    """The numbers of a training were not finite; the run has ended, with a model if it is possible."""

    exit_code: ClassVar[int] = 1


@contextmanager
def documented(page: str) -> Iterator[None]:
    """Let errors of a block, or of a decorated function, name a page of ``docs/`` if they name none."""
    try:
        yield
    except MmcoreError as error:
        error.page = error.page or page
        raise


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the valid name nearest to ``name``, or nothing."""
    plain = {other.casefold(): other for other in valid}
    close = get_close_matches(name.casefold(), list(plain), n=1, cutoff=0.5)
    return f"; did you mean '{plain[close[0]]}'?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the names in alphabetical order, separated by commas."""
    return ", ".join(sorted(names)) or "none"
