"""Options of the modality ``text``."""

from pydantic import Field, PositiveInt

from mmcore.config import Frozen


class TextSettings(Frozen):
    """Options of the modality ``text``."""

    width: PositiveInt = Field(128, description="channels of the convolutions")
