"""Options of the method ``jmvae`` and of the inference ``joint``; no torch is imported here."""

from mmcore.config import Frozen
from mmcore.config.base import NonNegative
from mmcore.config.components import GuardedSettings
from pydantic import Field, PositiveInt


class JointSettings(Frozen):
    """Options of the inference ``joint``."""

    width: PositiveInt = Field(256, description="units of each hidden layer of the joint network")


class JmvaeSettings(GuardedSettings):
    """Options of the method ``jmvae``."""

    alpha: NonNegative = Field(
        0.1, description="weight of the divergences of the unimodal posteriors"
    )
    width: PositiveInt = Field(256, description="units of each hidden layer of the joint network")
