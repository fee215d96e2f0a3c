"""Options of the modality ``image``."""

from pydantic import Field, PositiveFloat

from mmcore.config import FITTED, Frozen

DEFAULT_SIDE, LEAST_SIDE = 64, 8


class ImageSettings(Frozen):
    """Options of the modality ``image``."""

    height: int | None = Field(
        None,
        ge=8,
        description="pixels, after resizing; default: 64, or less if no training image has as many",
    )
    width: int | None = Field(None, ge=8, description="pixels, after resizing; default: as height")
    color: bool | None = Field(
        None, description="three channels; default: if one of the training images has colors"
    )
    page: int | None = Field(
        None,
        ge=1,
        description="page or frame of files with several, from 1; default: such files are refused",
    )
    bits: int | None = Field(
        None,
        ge=1,
        le=16,
        description="bits that are used of each pixel, such as 12 of 16; default: all that a file stores",
    )
    features: int = Field(
        32, gt=0, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.2, description="scale of the Laplace likelihood")
    brightest: tuple[tuple[float, float], ...] = Field(
        (),
        description="largest training pixel and the value of white, where much of the range is unused;"
        " set from the training images",
        json_schema_extra=FITTED,
    )

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width."""
        return self.height or DEFAULT_SIDE, self.width or DEFAULT_SIDE
