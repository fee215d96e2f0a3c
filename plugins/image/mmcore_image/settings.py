"""Options of the modality ``image``."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat


class ImageSettings(BaseModel):
    """Options of the modality ``image``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    height: int = Field(64, ge=8, description="pixels, after resizing")
    width: int = Field(64, ge=8, description="pixels, after resizing")
    colour: bool | None = Field(None, description="default: whether a training picture has colour")
    features: int = Field(32, gt=0, description="channels of the first convolution; others follow")
    scale: PositiveFloat = Field(0.2, description="scale of the Laplace likelihood")
