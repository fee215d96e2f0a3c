"""Conversion of the texts of a column to numbers."""

from typing import Literal

from pydantic import Field

from mmcore.config.base import Frozen

__all__ = ["ColumnParse", "Form"]

Form = Literal["number", "percent", "censored", "unit", "date", "duration", "none"]
"""The form of the cells of a column: 1.5, 95%, <0.5, 3 mg/L, 2020-01-31, 1:30:00, or no number."""


class ColumnParse(Frozen):
    """The conversion of the texts of a column to numbers; cells that are no texts are not changed.

    A percentage is its number, a censored cell its limit, a date the days since 1970-01-01 and a
    duration its days.
    """

    form: Form = "number"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = Field("", description="mark between thousands")
    unit: str = Field("", description="what follows each number")
    layout: str = Field("", description="of dates and durations, as of strptime")

    @property
    def is_plain(self) -> bool:
        """Whether cells are numbers with a decimal point."""
        return self.form == "number" and self.decimal == "." and not self.thousands
