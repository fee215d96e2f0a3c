"""Options of the modality ``image``."""

from pydantic import Field, PositiveFloat

from mmcore.config import Frozen


class ImageSettings(Frozen):
    """Options of the modality ``image``."""

    height: int = Field(64, ge=8, description="pixels, after resizing")
    width: int = Field(64, ge=8, description="pixels, after resizing")
    color: bool | None = Field(
        None, description="three channels; default: if one of the training images has colors"
    )
    features: int = Field(
        32, gt=0, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.2, description="scale of the Laplace likelihood")
