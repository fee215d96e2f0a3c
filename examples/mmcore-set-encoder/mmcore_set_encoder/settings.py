"""Options of the method ``set-encoder`` and of the inference ``set``; no torch is imported here."""

from mmcore.config import Frozen
from mmcore.config.components import GuardedSettings
from pydantic import Field, PositiveInt


class SetSettings(Frozen):
    """Options of the inference ``set``."""

    width: PositiveInt = Field(128, description="units of each hidden layer")


class SetEncoderSettings(GuardedSettings, SetSettings):
    """Options of the method ``set-encoder``."""
