"""The exception for errors of the user, and helpers for its message."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, final

__all__ = ["MmcoreError", "TrainingStopped", "listed", "nearest"]


class MmcoreError(Exception):
    """An error that the user can fix; its message is one sentence that states how.

    The command line prints the message and exits with ``exit_code``.
    """

    exit_code: ClassVar[int] = 2


@final
class TrainingStopped(MmcoreError):
    """The numbers of a training were not finite; the run has ended, with a model if it is possible."""

    exit_code: ClassVar[int] = 1


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the valid name nearest to ``name``, or nothing."""
    plain = {other.casefold(): other for other in valid}
    close = get_close_matches(name.casefold(), list(plain), n=1, cutoff=0.5)
    return f"; did you mean '{plain[close[0]]}'?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the names in alphabetical order, separated by commas."""
    return ", ".join(sorted(names)) or "none"
