"""Splitting texts into words, and joining words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORD = re.compile(r"\w+(?:[.,]\d+)?|[^\w\s]")
BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?)%])")


def words_of(text: str) -> list[str]:
    """Return the words, numbers and punctuation marks of a text.

    Example:
        >>> words_of("No effusion; 2.5 cm.")
        ['No', 'effusion', ';', '2.5', 'cm', '.']
    """
    return WORD.findall(text)


def text_of(words: Iterable[str]) -> str:
    """Return the text of words.

    Example:
        >>> text_of(["No", "effusion", "."])
        'No effusion.'
    """
    return BEFORE_MARK.sub("", " ".join(words))


def vocabulary(reports: Sequence[Sequence[str]], most: int, least: int) -> tuple[str, ...]:
    """Return the ``most`` most frequent words that ``least`` or more reports contain, sorted."""
    counted = Counter(word for report in reports for word in set(report))
    frequent = [word for word, count in counted.most_common(most) if count >= least]
    return tuple(sorted(frequent))
