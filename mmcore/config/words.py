"""Words in YAML files that stand for texts, such as categories and marks of missing cells."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

__all__ = ["Word"]


def _as_word(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | date | datetime):
        return str(value)
    if value is None:
        raise ValueError(
            "YAML reads null, ~ and an empty entry as no value; put quotes around a word"
        )
    return value


Word = Annotated[str, BeforeValidator(_as_word)]
"""A text; numbers, dates and true or false of YAML are taken as the text that stands in the file."""
