"""Texts that look the same: they differ only by case, blanks or the encoding of letters."""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["alike", "composed", "garbled", "plainly"]

GARBLED = re.compile(
    "\N{REPLACEMENT CHARACTER}|[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u0178]|\u00e2\u20ac"
)
"""Letters of UTF-8 that a program has read as Latin-1 or Windows-1252, or could not read."""
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


def garbled(texts: Iterable[str]) -> list[str]:
    """Return the texts with letters that a program has read in another encoding.

    Example:
        >>> garbled(["gr\u00fcn", "gr\u00fcn".encode().decode("cp1252")])
        ['gr\u00c3\u00bcn']
    """
    return [text for text in texts if not text.isascii() and GARBLED.search(text)]
