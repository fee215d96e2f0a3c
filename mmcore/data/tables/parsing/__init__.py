"""How texts of a column become numbers, and numbers become texts."""

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
