"""Options of the modality ``text``."""

from pydantic import BaseModel, ConfigDict, Field, PositiveInt


class TextSettings(BaseModel):
    """Options of the modality ``text``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: PositiveInt = Field(128, description="channels of the convolutions")
