"""Sentences about digits from a small grammar."""

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
    """Return each sentence of the grammar with its digit, in a fixed shuffled order."""
    written = [
        (f"{opening} {noun} {word}{ending}", digit)
        for opening, noun, ending, (digit, word) in product(
            OPENINGS, NOUNS, ENDINGS, enumerate(DIGITS)
        )
    ]
    # A step that is coprime to the 1920 sentences visits each of them once.
    return [written[place * 701 % len(written)] for place in range(len(written))]
