"""Texts as words, and back."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORD = re.compile(r"\w+(?:[.,]\d+)?|[^\w\s]")
BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?)%])")


def words_of(text: str) -> list[str]:
    """Return the words, numbers and marks of a text.

    Example:
        >>> words_of("No effusion; 2.5 cm.")
        ['No', 'effusion', ';', '2.5', 'cm', '.']
    """
    return WORD.findall(text)


def text_of(words: Iterable[str]) -> str:
    """Return words as a text.

    Example:
        >>> text_of(["No", "effusion", "."])
        'No effusion.'
    """
    return BEFORE_MARK.sub("", " ".join(words))


def vocabulary(reports: Sequence[Sequence[str]], most: int, least: int) -> tuple[str, ...]:
    """Return the words that stand in ``least`` reports or more, the ``most`` most frequent, sorted."""
    counted = Counter(word for report in reports for word in set(report))
    frequent = [word for word, count in counted.most_common(most) if count >= least]
    return tuple(sorted(frequent))
