"""Texts that look the same: they differ only by case, blanks or the encoding of letters."""

import unicodedata
from collections.abc import Iterable

__all__ = ["alike", "composed", "plainly"]

INVISIBLE = "Cf"
"""The category of characters without a width, such as the zero width space."""


def composed(text: str) -> str:
    r"""Return a text with one code for each letter, usual blanks, and no invisible characters.

    Example:
        >>> len(composed("e\N{COMBINING DIAERESIS}"))
        1
    """
    if text.isascii():
        return text
    visible = "".join(c for c in text if unicodedata.category(c) != INVISIBLE)
    return unicodedata.normalize("NFC", "".join(" " if c.isspace() else c for c in visible))


def plainly(text: str) -> str:
    """Return a text of small letters without blanks, which is the same for texts that look alike."""
    return "".join(unicodedata.normalize("NFKC", composed(text)).casefold().split())


def alike(texts: Iterable[str]) -> list[list[str]]:
    """Return the groups of different texts that look alike, in the order in which they occur.

    Example:
        >>> alike(["TRUE", "no", "true"])
        [['TRUE', 'true']]
    """
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        groups.setdefault(plainly(text), []).append(text)
    return [group for group in groups.values() if len(group) > 1]
