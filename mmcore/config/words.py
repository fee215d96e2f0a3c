"""Words in YAML files that stand for texts, such as categories and marks of missing cells."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

__all__ = ["Word", "one_is_a_list"]


def _as_word(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | date | datetime):
        return str(value)
    if value is None:
        raise ValueError(
            "null, ~ and an empty entry are no value in YAML; put quotes around a word"
        )
    return value


Word = Annotated[str, BeforeValidator(_as_word)]
"""A text; numbers, dates and true or false of YAML are taken as the text that stands in the file."""


def one_is_a_list(value: Any) -> Any:
    """Return a tuple for a single word, in place of a list of words."""
    return value if value is None or isinstance(value, list | tuple) else (value,)
