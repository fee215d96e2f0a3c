"""Options of the modality ``radiograph``."""

from typing import Literal

from mmcore_image.settings import ImageSettings
from pydantic import Field, PositiveFloat

from mmcore.config import Frozen


class RadiographSettings(Frozen):
    """Options of the modality ``radiograph``."""

    size: int = Field(64, ge=8, description="height and width in pixels, after resizing")
    bits: Literal[8, 16] = Field(8, description="bits of a stored pixel, after windowing")
    features: int = Field(
        32, gt=0, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.1, description="scale of the Laplace likelihood")

    @property
    def picture(self) -> ImageSettings:
        """The settings of the networks."""
        return ImageSettings(
            height=self.size,
            width=self.size,
            color=False,
            features=self.features,
            scale=self.scale,
        )
