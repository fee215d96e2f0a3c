"""The options of the built-in methods."""

from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from mmcore.config.base import Frozen, NonNegative, Positive, Share
from mmcore.config.parts import (
    ConsensusSettings,
    JensenShannonSettings,
    JointElboSettings,
    JointSettings,
    MixtureOfSubsetsSettings,
    MixturePriorSettings,
    TripleElboSettings,
)

__all__ = [
    "CodevaeSettings",
    "CrmvaeSettings",
    "CustomSettings",
    "DmvaeSettings",
    "FactorsSettings",
    "GpoeSettings",
    "GuardedSettings",
    "HelvaeSettings",
    "HoelderSettings",
    "JmvaeSettings",
    "McvaeSettings",
    "MethodSettings",
    "MmJsdSettings",
    "MmvaePlusSettings",
    "MmvaeSettings",
    "MmvmSettings",
    "MopoeSettings",
    "MvaeSettings",
    "MvtcaeSettings",
    "MwbvaeSettings",
    "TelboSettings",
]


class MethodSettings(Frozen):
    """Options of all methods."""

    beta: NonNegative = Field(2.5, description="weight of all divergences")
    beta_style: NonNegative = Field(
        1.5, description="weight of the styles' divergences, times beta"
    )
    style_weights: dict[str, NonNegative] | None = Field(
        None,
        description="by modality, on top of beta_style; "
        "default: square root of the likelihood's default, times the factor of the modality",
    )
    likelihood_weights: dict[str, NonNegative] | None = Field(
        None, description="by modality; default: largest data size / own data size"
    )


class GuardedSettings(MethodSettings):
    """Options of methods that prevent style leakage, see `mmcore.objectives.draws`."""

    style_warmup: Share = Field(
        0.5, description="share of the training in which styles are drawn from their priors"
    )
    style_cross_gradient: Share = Field(
        0.25,
        description="share of the gradient of styles whose content was drawn from another modality",
    )


class MmJsdSettings(GuardedSettings, JensenShannonSettings):
    """Options of ``mmjsd``."""


class MvaeSettings(GuardedSettings):
    """Options of ``mvae``."""

    unimodal: bool = Field(True, description="add the ELBO of each modality alone")
    random_subsets: NonNegativeInt = Field(1, description="k, ELBOs of subsets drawn at each step")


class MmvaeSettings(GuardedSettings):
    """Options of ``mmvae``."""

    estimator: Literal["elbo", "iwae", "dreg"] = Field(
        "elbo",
        description="one draw as in the mmJSD paper, or K draws of each expert without style_warmup",
    )
    draws: PositiveInt = Field(10, description="K, for iwae and dreg")


class MopoeSettings(GuardedSettings):
    """Options of ``mopoe``."""

    limit: PositiveInt = Field(8, description="most modalities for which all subsets are used")
    samples: PositiveInt = Field(
        128, multiple_of=2, description="random subsets for more modalities"
    )


class MmvmSettings(GuardedSettings, MixturePriorSettings):
    """Options of ``mmvm``."""


class HoelderSettings(GuardedSettings):
    """Options of ``hoelder``."""

    kl: Literal["components", "mixture"] = Field(
        "mixture",
        description="divergence of the mixture, by a draw of each component, or its bound",
    )


class HelvaeSettings(GuardedSettings):
    """Options of ``helvae``."""


class MwbvaeSettings(GuardedSettings, MixtureOfSubsetsSettings):
    """Options of ``mwbvae``."""


class GpoeSettings(GuardedSettings):
    """Options of ``gpoe``."""


class McvaeSettings(GuardedSettings):
    """Options of ``mcvae``."""


class CodevaeSettings(GuardedSettings, ConsensusSettings):
    """Options of ``codevae``."""

    entropy: NonNegative = Field(
        1000.0, description="eta, price of a nat by which the weights of subsets are not uniform"
    )


class CrmvaeSettings(GuardedSettings):
    """Options of ``crmvae``."""


class JmvaeSettings(GuardedSettings, JointSettings, JointElboSettings):
    """Options of ``jmvae``."""


class TelboSettings(GuardedSettings, JointSettings, TripleElboSettings):
    """Options of ``telbo``."""


class FactorsSettings(GuardedSettings):
    """Options of ``factors``."""

    shrinkage: NonNegative = Field(
        1.0, description="precision of the prior of the first loadings, in units of the noise"
    )
    noise: Positive | None = Field(
        None,
        description="variance of each standardized number in the first posterior, like the penalty of a"
        " ridge regression; null: fitted for each number",
    )
    noise_factors: dict[str, Positive] = Field(
        {},
        description="by modality, factor of the standard deviation of the first noise of its numbers, which"
        " is too small for other samples than those it is fitted to; default: 1",
    )


class MvtcaeSettings(GuardedSettings):
    """Options of ``mvtcae``."""

    alpha: Share = Field(0.9, description="from 0, the ELBO, to 1, all weight on the bottlenecks")


class MmvaePlusSettings(MethodSettings):
    """Options of ``mmvaeplus``."""

    estimator: Literal["iwae", "dreg"] = Field("iwae", description="of the gradient")
    draws: PositiveInt = Field(1, description="K, draws of each expert")


class DmvaeSettings(GuardedSettings):
    """Options of ``dmvae``."""


class CustomSettings(GuardedSettings):
    """Options of ``custom``: any joint posterior with any objective."""

    posterior: str = Field("product", description="aggregator of the experts, or an inference")
    posterior_options: dict[str, Any] = Field({}, description="options of that component")
    prior_expert: bool = Field(False, description="whether the prior is among the experts")
    objective: str = Field("elbo", description="objective")
    objective_options: dict[str, Any] = Field({}, description="options of that objective")
