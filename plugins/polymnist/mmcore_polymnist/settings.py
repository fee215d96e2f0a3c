"""Options of the modalities ``polymnist-m0`` to ``polymnist-m4``."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from mmcore.config import Frozen

__all__ = ["PolymnistSettings", "Source"]

Source = Literal["official", "built", "translated"]


class PolymnistSettings(Frozen):
    """Options of the modalities ``polymnist-m0`` to ``polymnist-m4``."""

    source: Source = Field(
        "official",
        description="the published images; or images built from MNIST and other textures; or built"
        " images with smaller digits at random places",
    )
    width: PositiveInt = Field(
        32, description="channels of the first convolution; the others are multiples"
    )
    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")
