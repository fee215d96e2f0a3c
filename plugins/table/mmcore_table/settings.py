"""Options of the modality ``table``."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from mmcore.config import Frozen

Kind = Literal["real", "student", "count", "zero-inflated", "binary", "categorical", "ordered"]
"""The kind of a column, with this likelihood: Gaussian, Student-t, negative binomial, zero-inflated
negative binomial, Bernoulli, categorical, cumulative logit."""

Share = Annotated[float, Field(ge=0, lt=1)]


class Column(Frozen):
    """A column, fitted to the training records.

    ``loc`` and ``scale`` are those of the values, of log(1 + value) for counts, and of the index for
    categories.
    """

    name: str
    kind: Kind
    loc: float = 0.0
    scale: float = Field(1.0, gt=0)
    categories: tuple[str, ...] = ()


class TableSettings(Frozen):
    """Options of the modality ``table``."""

    types: dict[str, Kind] = Field(
        {}, description="kind by column; the kinds of other columns are inferred"
    )
    levels: dict[str, tuple[str, ...]] = Field(
        {}, description="categories of each ordered column, lowest first"
    )
    width: PositiveInt | None = Field(
        None, description="units of each hidden layer; the default depends on the number of columns"
    )
    layers: PositiveInt = Field(1, description="hidden layers of the encoder and of the decoder")
    dropout: Share = Field(0.1, description="probability of dropout in the encoder")
    hide: Share = Field(
        0.1, description="share of cells that the encoder treats as missing in training"
    )
    fitted: tuple[Column, ...] = Field((), description="the columns; set from the training records")

    @property
    def chosen_width(self) -> int:
        """The option width, or 16 sqrt(columns) rounded to a power of two from 32 to 512."""
        if self.width is not None:
            return self.width
        power = round(4 + (max(len(self.fitted), 1).bit_length() - 1) / 2)
        return max(32, min(512, 1 << power))
