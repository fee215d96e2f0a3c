"""Options of the modality ``table``."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from mmcore.config import FITTED, Frozen
from mmcore.config.parsing import ColumnParse
from mmcore.config.words import Word

Kind = Literal["real", "student", "count", "zero-inflated", "binary", "categorical", "ordered"]
"""The kind of a column, with this likelihood: Gaussian, Student-t, negative binomial, zero-inflated
negative binomial, Bernoulli, categorical, cumulative logit."""
Declared = Kind | Literal["positive", "date", "duration"]
"""A kind that a study may state; dates and durations are read as days, positive numbers as logarithms."""
CODED = ("binary", "categorical", "ordered")
"""Kinds whose cells are indices of categories."""
COUNTS = ("count", "zero-inflated")
"""Kinds whose cells are whole numbers from 0."""
CountsBy = Literal["", "matrix", "table"]
"""Why columns of few values are counts: the matrix of the file, or the table, has counts."""
Mark = Literal[".", ",", " ", "'", ""]

Share = Annotated[float, Field(ge=0, lt=1)]


class Column(Frozen):
    """A column, fitted to the training records.

    ``loc`` and ``scale`` are those of the values minus ``offset``, of log(1 + value) for counts, and of
    the index for categories. The offset is subtracted in double precision. The values of a column of
    positive numbers, ``is_log``, are natural logarithms of its cells. A constant column has its value as
    ``loc``, and imputed tables have that value. ``shifts`` are the means of the
    batches but the reference minus its mean, which ``loc`` and ``scale`` do not contain.
    """

    name: str
    kind: Kind
    loc: float = 0.0
    scale: float = Field(1.0, gt=0)
    offset: float = 0.0
    is_log: bool = False
    is_constant: bool = False
    categories: tuple[str, ...] = ()
    shifts: tuple[float, ...] = ()
    parse: ColumnParse = ColumnParse()

    @property
    def is_coded(self) -> bool:
        """Whether cells are categories."""
        return self.kind in CODED

    @property
    def title(self) -> str:
        """The kind as a study states it."""
        form = self.parse.form
        return "positive" if self.is_log else form if form in ("date", "duration") else self.kind

    @property
    def is_plain(self) -> bool:
        """Whether cells are numbers that are written as numbers."""
        return not self.is_coded and self.parse.form == "number"


class TableSettings(Frozen):
    """Options of the modality ``table``."""

    types: dict[Word, Declared] = Field(
        {},
        description="kind by column, or by pattern such as '*'; the kinds of other columns are inferred",
    )
    levels: dict[Word, tuple[Word, ...]] = Field(
        {}, description="categories of each ordered column, lowest first"
    )
    parse: dict[Word, str] = Field(
        {},
        description="by column: percent (95%), censored (<0.5), unit (3 mg/L), or the layout of its dates,"
        " such as %d.%m.%Y",
    )
    decimal: Mark | dict[Word, Mark] = Field(
        {}, description="decimal mark of all columns, or by column; default: found in the cells"
    )
    thousands: Mark | dict[Word, Mark] = Field(
        {}, description="mark between thousands of all columns, or by column"
    )
    width: PositiveInt | None = Field(
        None, description="units of each hidden layer; the default depends on the number of columns"
    )
    layers: PositiveInt = Field(1, description="hidden layers of the encoder and of the decoder")
    dropout: Share = Field(0.1, description="probability of dropout in the encoder")
    hide: Share = Field(
        0.1, description="share of cells that the encoder treats as missing in training"
    )
    linear: bool = Field(
        False,
        description="linear parts beside the networks, which the method factors sets at the start",
        json_schema_extra=FITTED,
    )
    fitted: tuple[Column, ...] = Field(
        (), description="the columns; set from the training records", json_schema_extra=FITTED
    )
    left_out: tuple[str, ...] = Field(
        (),
        description="columns without an observed cell in the training records; set from them",
        json_schema_extra=FITTED,
    )
    batches: tuple[str, ...] = Field(
        (),
        description="batches of the records, the reference first; set from the training records",
        json_schema_extra=FITTED,
    )
    counted: CountsBy = Field(
        "",
        description="why columns of few values are counts; set from the training records",
        json_schema_extra=FITTED,
    )
    by_density: tuple[str, ...] = Field(
        (),
        description="columns of whole numbers that are real because held-out cells are likelier then; set"
        " from the training records",
        json_schema_extra=FITTED,
    )

    def types_of(self, names: Sequence[str]) -> dict[str, Declared]:
        """Return the declared kinds of columns; a name has priority over a pattern."""
        known = set(names)
        patterns = {pattern: kind for pattern, kind in self.types.items() if pattern not in known}
        matched = {
            name: kind
            for pattern, kind in patterns.items()
            for name in names
            if fnmatchcase(name, pattern)
        }
        return matched | {name: kind for name, kind in self.types.items() if name in known}

    @property
    def chosen_width(self) -> int:
        """The option width, or 16 sqrt(columns) rounded to a power of two from 32 to 512."""
        if self.width is not None:
            return self.width
        power = round(4 + (max(len(self.fitted), 1).bit_length() - 1) / 2)
        return max(32, min(512, 1 << power))
