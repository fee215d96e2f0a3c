"""The base of all configuration models, and the types that they share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Frozen", "NonNegative", "Share"]

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Frozen(BaseModel):
    """A configuration whose values do not change and whose options are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
