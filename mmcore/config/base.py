"""The base of all configuration models, and the types that they share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = [
    "FITTED",
    "Count",
    "DataKind",
    "Frozen",
    "NonNegative",
    "Positive",
    "Seed",
    "Share",
    "Size",
]

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[int, Field(ge=0, le=1_000_000)]
"""A size of a layer or of a latent variable; the memory that it takes is checked as well."""
Count = Annotated[int, Field(gt=0, le=1_000_000_000)]
"""A number of rows, steps or samples."""
Seed = Annotated[int, Field(ge=0, lt=1 << 63)]
Share = Annotated[float, Field(ge=0, le=1)]
DataKind = Literal["real", "synthetic", "built", "sample"]
"""Records or published data; simulated records; data that this machine computes from published data; or the
embedded sample."""


FITTED: dict[str, JsonValue] = {"readOnly": True}
"""``json_schema_extra`` of an option that training records or a method set: no message offers it."""


class Frozen(BaseModel):
    """A configuration whose values do not change and whose options are all known."""

    # A short command uses few of these classes; each is built at its first use.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
