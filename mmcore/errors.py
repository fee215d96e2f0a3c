"""The exception for errors of the user, and helpers for its message."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["MmcoreError", "listed", "nearest"]


class MmcoreError(Exception):
    """An error that the user can fix; its message is one sentence that states how.

    The command line prints the message and exits with code 2.
    """


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the valid name nearest to ``name``, or nothing."""
    plain = {other.casefold(): other for other in valid}
    close = get_close_matches(name.casefold(), list(plain), n=1, cutoff=0.5)
    return f"; did you mean '{plain[close[0]]}'?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the names in alphabetical order, separated by commas."""
    return ", ".join(sorted(names)) or "none"
