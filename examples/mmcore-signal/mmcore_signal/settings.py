"""Options of the modality ``signal``; no torch is imported here."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt


class SignalSettings(BaseModel):
    """Options of the modality ``signal``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: PositiveInt = Field(16, description="channels of the first convolution")
    scale: PositiveFloat = Field(0.1, description="scale of the Laplace likelihood")
