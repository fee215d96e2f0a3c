"""Options of the modality ``svhn``."""

from pydantic import Field, PositiveFloat, PositiveInt

from mmcore.config import Frozen


class SvhnSettings(Frozen):
    """Options of the modality ``svhn``."""

    width: PositiveInt = Field(
        32, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")
    tint: bool = Field(
        True,
        description="one color of the whole image, linear in style and content; false as published",
    )
