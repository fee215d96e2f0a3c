"""The joint posterior as an abstract mean of unimodal experts and, maybe, the prior."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.aggregators import Aggregator, Experts, MixtureOfExperts, with_prior
from mmcore.aggregators.base import expert_shares
from mmcore.codec import ModelContext
from mmcore.config.parts import FusionSettings, JensenShannonSettings
from mmcore.distributions import LatentDistribution
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError, nearest
from mmcore.noise import Noise
from mmcore.priors import Prior

__all__ = ["Fusion", "bounds", "checked_weights", "dynamic_prior", "fusion"]

PRIOR = "prior"


class Fusion(Inference):
    r"""The joint posterior :math:`q(c | x_K) = f(\{q(c | x_m)\}_{m \in K})` of the experts of each row.

    Arguments:
        aggregator: the abstract mean f.
        weights: :math:`\pi_1 .. \pi_M`, non-negative.
        prior_weight: :math:`\pi_0`, the weight of the prior among the experts; None leaves it out.
        prior: p(c), needed where it has a weight.

    Raises:
        MmcoreError: the prior has a weight and is not Gaussian.
    """

    weights: Tensor
    shares: Tensor

    def __init__(
        self,
        aggregator: Aggregator,
        weights: Sequence[float],
        prior_weight: float | None = None,
        prior: Prior | None = None,
    ) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.prior_weight = prior_weight
        self.prior = None if prior_weight is None else _gaussian_only(prior)
        every = list(weights) if prior_weight is None else [prior_weight, *weights]
        self.register_buffer("weights", torch.tensor(weights), persistent=False)
        self.register_buffer("shares", expert_shares(torch.tensor(every)), persistent=False)

    def experts(self, encoding: Encoding, noise: Noise | None = None) -> Experts:
        """Return the experts with their weights renormalized over what each row has.

        The prior, if it is one of them, is expert 0 and always present.
        """
        q, present = encoding.content, encoding.present
        if self.prior is not None:
            p = self.prior.gaussian()
            assert p is not None, "checked above"
            q, present = with_prior(p, q, present)
        return Experts.sharing(q, present, self.shares, noise)

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> LatentDistribution:
        """Return the mean of the experts; ``noise`` is for an aggregator that draws."""
        fused: LatentDistribution = self.aggregator(self.experts(encoding, noise))
        return fused


def fusion(settings: FusionSettings, context: ModelContext) -> Fusion:
    """Return the mean of experts of equal weights that the settings name.

    Raises:
        MmcoreError: there is no such aggregator, or the prior cannot be an expert.
    """
    aggregator: Aggregator = context.make(
        "aggregator", settings.aggregator, settings.aggregator_options
    )
    weight = 1.0 if settings.prior_expert else None
    return Fusion(aggregator, [1.0] * len(context.names), weight, context.codec.prior)


def dynamic_prior(settings: JensenShannonSettings, context: ModelContext) -> Fusion:
    """Return the abstract mean of the experts and the prior that the settings name.

    Raises:
        MmcoreError: there is no such aggregator, it is not a mean, the divergence from it has no such
            bound, or the weights are not valid.
    """
    name = settings.dynamic_prior
    mean: Aggregator = context.make("aggregator", name, settings.dynamic_prior_options)
    if not mean.is_mean:
        raise MmcoreError(
            f"'{name}' is not an abstract mean: the Jensen-Shannon divergence of equal experts from it is"
            " not 0; choose dynamic_prior=geometric, arithmetic or wasserstein"
        )
    if bounds(settings, mean) and not isinstance(mean, MixtureOfExperts):
        raise MmcoreError(
            f"js=bound needs a mixture as dynamic prior, not '{name}';"
            " choose dynamic_prior=arithmetic, or js=monte-carlo"
        )
    pi, pi_0 = checked_weights(settings.weights, context.names)
    return Fusion(mean, pi, pi_0, context.codec.prior)


def bounds(settings: JensenShannonSettings, mean: Aggregator) -> bool:
    """Return whether the divergence is bounded, and neither exact nor estimated."""
    return settings.js == "bound" and not mean.is_gaussian


def checked_weights(
    given: Mapping[str, float] | None, names: Sequence[str]
) -> tuple[list[float], float]:
    r"""Return :math:`(\pi_1 .. \pi_M)` and :math:`\pi_0`; equal ones if none are given.

    Raises:
        MmcoreError: a name is not a modality nor ``prior``, one is left out, a weight is negative,
            or the weights do not sum to 1.
    """
    wanted = [PRIOR, *names]
    if given is None:
        return [1 / len(wanted)] * len(names), 1 / len(wanted)
    for name, weight in given.items():
        if name not in wanted:
            raise MmcoreError(
                f"weights name '{name}', expected exactly {', '.join(wanted)}{nearest(name, wanted)}"
            )
        if not weight >= 0:
            raise MmcoreError(f"weight {name}={weight} is negative; weights are 0 or more, sum 1")
    missing = [name for name in wanted if name not in given]
    total = sum(given.values())
    if missing:
        raise MmcoreError(
            f"weights leave out {', '.join(missing)}; give {', '.join(wanted)}, sum 1"
        )
    if abs(total - 1) > 1e-6:
        raise MmcoreError(f"weights sum to {total:.6g}, expected 1; divide each by {total:.6g}")
    return [float(given[name]) for name in names], float(given[PRIOR])


def _gaussian_only(prior: Prior | None) -> Prior:
    if prior is None or prior.gaussian() is None:
        raise MmcoreError(
            f"{type(prior).__name__} is not Gaussian and cannot be an expert; choose a method without the"
            " prior among its experts, or prior=standard"
        )
    return prior
