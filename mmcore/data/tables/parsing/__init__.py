"""Conversion of the texts of a column to numbers, and back."""

from mmcore.data.tables.parsing.deciding import Decider, as_numbers, certain_marks, offered
from mmcore.data.tables.parsing.numerals import parsed, shown_number
from mmcore.data.tables.parsing.times import as_days, from_days, is_time, layouts

__all__ = [
    "Decider",
    "as_days",
    "as_numbers",
    "certain_marks",
    "from_days",
    "is_time",
    "layouts",
    "offered",
    "parsed",
    "shown_number",
]
