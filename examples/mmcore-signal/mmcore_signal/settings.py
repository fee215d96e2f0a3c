"""Options of the modality ``signal``; no torch is imported here."""

from mmcore.config import Frozen
from pydantic import Field, PositiveFloat, PositiveInt


class SignalSettings(Frozen):
    """Options of the modality ``signal``."""

    width: PositiveInt = Field(16, description="channels of the first convolution")
    scale: PositiveFloat = Field(0.1, description="scale of the Laplace likelihood")
