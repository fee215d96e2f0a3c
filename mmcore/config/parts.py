"""The options of the built-in aggregators, joint posteriors and objectives."""

from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from mmcore.config.base import Frozen, NonNegative, Share

__all__ = [
    "ClustersSettings",
    "ConsensusSettings",
    "FusionSettings",
    "ImportanceWeightedSettings",
    "JensenShannonSettings",
    "JointElboSettings",
    "JointSettings",
    "LearnedPowerSettings",
    "MixtureElboSettings",
    "MixtureOfSubsetsSettings",
    "MixturePriorSettings",
    "PowerMeanSettings",
    "SubsetElbosSettings",
    "TotalCorrelationSettings",
    "TripleElboSettings",
]


class JointSettings(Frozen):
    """Options of the inference ``joint``."""

    width: PositiveInt = Field(256, description="units of each hidden layer of the joint network")


class JointElboSettings(Frozen):
    """Options of the objective ``joint-elbo``."""

    alpha: NonNegative = Field(
        0.1, description="weight of the divergences of the unimodal posteriors"
    )


class TripleElboSettings(Frozen):
    """Options of the objective ``triple-elbo``."""

    unimodal_weights: dict[str, NonNegative] | None = Field(
        None,
        description="by modality, of the likelihood in its own ELBO; default: likelihood_weights",
    )


class MixturePriorSettings(Frozen):
    """Options of the objective ``mixture-prior``."""

    alpha: Share = Field(
        0.0, description="weight of p beside the experts in the prior; 1 trains separate VAEs"
    )
    anneal: Share = Field(
        0.0, description="share of the training in which that weight falls from 1 to alpha"
    )
    js: Literal["monte-carlo", "bound"] = Field(
        "bound", description="estimate of the divergence, or its convex bound"
    )


class MixtureElboSettings(Frozen):
    """Options of the objective ``mixture-elbo``."""

    kl: Literal["components", "mixture"] = Field(
        "components", description="bound of the divergence, or its estimate with all draws"
    )
    entropy: NonNegative = Field(
        0.0, description="eta, price of a nat by which the weights of a row are not uniform"
    )


class MixtureOfSubsetsSettings(Frozen):
    """Options of ``mopoe`` and ``barycenters``."""

    limit: PositiveInt = Field(
        8, description="largest number of experts for which all subsets are used"
    )
    samples: PositiveInt = Field(128, multiple_of=2, description="random subsets for more experts")


class ClustersSettings(Frozen):
    """Options of the prior ``clusters``."""

    clusters: PositiveInt = Field(10, description="K, number of Gaussians")


class ConsensusSettings(Frozen):
    """Options of the aggregator ``consensus``."""

    correlation: float = Field(
        0.5, ge=0, lt=1, description="rho of the errors of two experts; 0 is the product"
    )


class JensenShannonSettings(Frozen):
    """Options of the objective ``jensen-shannon``."""

    weights: dict[str, float] | None = Field(
        None, description="pi of 'prior' and every modality, sum 1; default equal"
    )
    dynamic_prior: str = Field(
        "geometric", description="aggregator of experts and prior that is a mean"
    )
    dynamic_prior_options: dict[str, Any] = Field({}, description="options of that aggregator")
    js: Literal["monte-carlo", "bound"] = Field(
        "monte-carlo",
        description="estimate or bound, if the dynamic prior is not Gaussian (bound: mixtures only)",
    )


class FusionSettings(Frozen):
    """Options of the inference ``fusion``."""

    aggregator: str = Field("product", description="aggregator of the experts")
    aggregator_options: dict[str, Any] = Field({}, description="options of that aggregator")
    prior_expert: bool = Field(False, description="whether the prior is among the experts")


class ImportanceWeightedSettings(Frozen):
    """Options of the objective ``importance-weighted``."""

    estimator: Literal["iwae", "dreg"] = Field("iwae", description="of the gradient")
    draws: PositiveInt = Field(10, description="K, draws of each expert")
    auxiliary: bool = Field(False, description="learned priors of styles of other modalities")


class SubsetElbosSettings(Frozen):
    """Options of the objective ``subset-elbos``."""

    unimodal: bool = Field(True, description="add the ELBO of each modality alone")
    random_subsets: NonNegativeInt = Field(1, description="k, ELBOs of subsets drawn at each step")
    cross: bool = Field(False, description="reconstruct every modality from every subset")


class TotalCorrelationSettings(Frozen):
    """Options of the objective ``total-correlation``."""

    alpha: Share = Field(0.9, description="from 0, the ELBO, to 1, all weight on the bottlenecks")


class LearnedPowerSettings(Frozen):
    """Options of ``learned-power``."""

    power: float = Field(-1.0, allow_inf_nan=False, description="p at the start of the training")


class PowerMeanSettings(Frozen):
    """Options of ``power``."""

    power: float = Field(0.0, allow_inf_nan=False, description="p; -1 is the geometric mean")
