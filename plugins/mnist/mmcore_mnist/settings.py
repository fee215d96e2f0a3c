"""Options of the modality ``mnist``."""

from pydantic import Field, PositiveFloat, PositiveInt

from mmcore.config import Frozen


class MnistSettings(Frozen):
    """Options of the modality ``mnist``."""

    hidden: PositiveInt = Field(400, description="units of the hidden layer of each network")
    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")
