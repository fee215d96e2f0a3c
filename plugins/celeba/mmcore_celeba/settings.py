"""Options of the modalities ``celeba-image`` and ``celeba-text``."""

from pydantic import Field, PositiveFloat, PositiveInt

from mmcore.config import Frozen


class ResidualSettings(Frozen):
    """Options of the residual networks."""

    width: PositiveInt = Field(
        128, description="channels of the first convolution; the others are multiples; 16 for a CPU"
    )
    dropout: float = Field(
        0.5, ge=0, lt=1, description="probability of dropout in the branch of each block"
    )
    checkpointing: bool = Field(
        False, description="compute each block again in the backward pass: less memory, more time"
    )


class ImageSettings(ResidualSettings):
    """Options of the modality ``celeba-image``."""

    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")


class TextSettings(ResidualSettings):
    """Options of the modality ``celeba-text``."""
