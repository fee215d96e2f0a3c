"""Options of the modality ``radiograph``."""

from typing import Literal

from mmcore_image.settings import ImageSettings
from pydantic import Field, PositiveFloat

from mmcore.config import FITTED, Frozen


class RadiographSettings(Frozen):
    """Options of the modality ``radiograph``."""

    size: int = Field(64, ge=8, description="height and width in pixels, after resizing")
    bits: Literal[8, 16] = Field(8, description="bits of a stored pixel, after windowing")
    frames: Literal["first", "middle", "mean"] | None = Field(
        None,
        description="frame of DICOM files with several, or their mean; default: such files are refused",
    )
    grayscale: bool = Field(
        False, description="convert DICOM files with colors; default: they are refused"
    )
    depth: int | None = Field(
        None,
        ge=1,
        le=16,
        description="bits that are used of each pixel of PNG files, such as 12 of 16; default: all",
    )
    page: int | None = Field(
        None,
        ge=1,
        description="page of TIFF files with several, from 1; default: such files are refused",
    )
    features: int = Field(
        32, gt=0, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.1, description="scale of the Laplace likelihood")
    brightest: tuple[tuple[float, float], ...] = Field(
        (),
        description="largest training pixel and the value of white, where much of the range is unused;"
        " set from the training images",
        json_schema_extra=FITTED,
    )

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
