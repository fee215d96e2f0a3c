"""Sentences on digits from a small grammar: captions that need no file."""

from itertools import product

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OPENINGS = (
    "a photo of",
    "a picture of",
    "a drawing of",
    "a scan of",
    "this is",
    "here stands",
    "someone wrote",
    "one can read",
)
NOUNS = ("the digit", "the number", "the figure", "a")
ENDINGS = ("", " in ink", " on paper", " by hand", " in the middle", " on a wall")


def sentences() -> list[tuple[str, int]]:
    """Return every sentence of the grammar with its digit, in an order that mixes everything."""
    written = [
        (f"{opening} {noun} {word}{ending}", digit)
        for opening, noun, ending, (digit, word) in product(
            OPENINGS, NOUNS, ENDINGS, enumerate(DIGITS)
        )
    ]
    # A step that has no factor in common with the 1920 sentences visits each of them once.
    return [written[place * 701 % len(written)] for place in range(len(written))]
