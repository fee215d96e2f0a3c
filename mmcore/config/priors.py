"""Options of the priors of the core; no torch is imported here."""

from pydantic import Field

from mmcore.config.base import Count, Frozen

__all__ = ["DiffusionPriorSettings", "FlowPriorSettings", "MixturePriorSettings"]


class MixturePriorSettings(Frozen):
    """Options of the prior ``mixture``."""

    components: Count | None = Field(
        None, description="number of Gaussians; default: chosen by the density of held-out draws"
    )


class FlowPriorSettings(Frozen):
    """Options of the prior ``flow``."""

    transforms: Count = Field(3, description="number of autoregressive transforms")
    width: Count = Field(64, description="width of the hidden layers")


class DiffusionPriorSettings(Frozen):
    """Options of the prior ``diffusion``."""

    width: Count = Field(256, description="width of the hidden layers of the score network")
    steps: Count = Field(20, description="steps of the probability-flow equation")
