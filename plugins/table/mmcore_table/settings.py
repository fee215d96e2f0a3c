"""Options of the modality ``table``."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from mmcore.config import Frozen

Kind = Literal["real", "student", "count", "zero-inflated", "binary", "categorical", "ordered"]
"""What a column is: with a Gaussian, a Student-t, a negative binomial, a zero-inflated negative
binomial, a Bernoulli, a categorical or a cumulative-logit likelihood."""

Share = Annotated[float, Field(ge=0, lt=1)]


class Column(Frozen):
    """A column as it was fitted on the training records.

    ``loc`` and ``scale`` are of the values, of log(1 + value) for counts, of the place among the
    categories for the rest.
    """

    name: str
    kind: Kind
    loc: float = 0.0
    scale: float = Field(1.0, gt=0)
    categories: tuple[str, ...] = ()


class TableSettings(Frozen):
    """Options of the modality ``table``."""

    types: dict[str, Kind] = Field({}, description="kinds by column; the others are inferred")
    levels: dict[str, tuple[str, ...]] = Field(
        {}, description="the categories of ordered columns, lowest first"
    )
    width: PositiveInt | None = Field(
        None, description="of the hidden layers; default by the number of columns"
    )
    layers: PositiveInt = Field(1, description="hidden layers each way")
    dropout: Share = Field(0.1, description="of hidden features, in training")
    hide: Share = Field(
        0.1, description="share of cells hidden from the encoder in training, as if missing"
    )
    fitted: tuple[Column, ...] = Field(
        (), description="the columns; made from the training records"
    )

    @property
    def chosen_width(self) -> int:
        """The width that was given, or 16 sqrt(columns) as a power of two from 32 to 512."""
        if self.width is not None:
            return self.width
        power = round(4 + (max(len(self.fitted), 1).bit_length() - 1) / 2)
        return max(32, min(512, 1 << power))
