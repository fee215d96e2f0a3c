"""The options of the built-in components."""

from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from mmcore.config.base import Frozen, NonNegative, Share

__all__ = [
    "CustomSettings",
    "DmvaeSettings",
    "FusionSettings",
    "GuardedSettings",
    "ImportanceWeightedSettings",
    "JensenShannonSettings",
    "MethodSettings",
    "MixtureOfProductsSettings",
    "MmJsdSettings",
    "MmvaePlusSettings",
    "MmvaeSettings",
    "MopoeSettings",
    "MvaeSettings",
    "MvtcaeSettings",
    "PowerMeanSettings",
    "SubsetElbosSettings",
    "TotalCorrelationSettings",
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
        "default: square root of the likelihood's default",
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


class MmJsdSettings(GuardedSettings):
    """Options of ``mmjsd``."""

    weights: dict[str, float] | None = Field(
        None, description="pi of 'prior' and every modality, sum 1; default equal"
    )
    dynamic_prior: str = Field("geometric", description="aggregator of experts and prior")
    dynamic_prior_options: dict[str, Any] = Field({}, description="options of that aggregator")
    js: Literal["monte-carlo", "bound"] = Field(
        "monte-carlo",
        description="estimate or bound, if the dynamic prior is not Gaussian (bound: mixtures only)",
    )


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


class FusionSettings(Frozen):
    """Options of the inference ``fusion``."""

    aggregator: str = Field("product", description="aggregator of the experts")
    aggregator_options: dict[str, Any] = Field({}, description="options of that aggregator")
    prior_expert: bool = Field(False, description="whether the prior is among the experts")


class ImportanceWeightedSettings(Frozen):
    """Options of the objective ``importance-weighted``."""

    estimator: Literal["iwae", "dreg"] = Field("iwae", description="of the gradient")
    draws: PositiveInt = Field(10, description="K, draws of each expert")


class JensenShannonSettings(Frozen):
    """Options of the objective ``jensen-shannon``."""

    weights: dict[str, float] | None = Field(
        None, description="pi of 'prior' and every modality, sum 1; default equal"
    )
    dynamic_prior: str = Field("geometric", description="aggregator of experts and prior")
    dynamic_prior_options: dict[str, Any] = Field({}, description="options of that aggregator")


class SubsetElbosSettings(Frozen):
    """Options of the objective ``subset-elbos``."""

    unimodal: bool = Field(True, description="add the ELBO of each modality alone")
    random_subsets: NonNegativeInt = Field(1, description="k, ELBOs of subsets drawn at each step")
    cross: bool = Field(False, description="reconstruct every modality from every subset")


class TotalCorrelationSettings(Frozen):
    """Options of the objective ``total-correlation``."""

    alpha: Share = Field(0.9, description="from 0, the ELBO, to 1, all weight on the bottlenecks")


class PowerMeanSettings(Frozen):
    """Options of ``power``."""

    power: float = Field(0.0, allow_inf_nan=False, description="p; -1 is the geometric mean")


class MixtureOfProductsSettings(Frozen):
    """Options of ``mopoe``."""

    limit: PositiveInt = Field(
        8, description="largest number of experts for which all subsets are used"
    )
    samples: PositiveInt = Field(128, multiple_of=2, description="random subsets for more experts")
