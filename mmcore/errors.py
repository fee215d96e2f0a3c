"""The one exception that users meet, and the nearest valid name for it."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["MmcoreError", "listed", "nearest"]


class MmcoreError(Exception):
    """A mistake that the user can mend; its text is one sentence that says how.

    The command line prints the text and exits with code 2.
    """


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the valid name nearest to ``name``, or nothing."""
    plain = {other.casefold(): other for other in valid}
    close = get_close_matches(name.casefold(), list(plain), n=1, cutoff=0.5)
    return f"; did you mean '{plain[close[0]]}'?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the names in alphabetical order, separated by commas."""
    return ", ".join(sorted(names)) or "none"
