"""Options of the modality ``svhn``."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt


class SvhnSettings(BaseModel):
    """Options of the modality ``svhn``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: PositiveInt = Field(32, description="channels of the first convolution; others follow")
    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")
