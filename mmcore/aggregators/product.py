"""The product of experts."""

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.aggregators.precision import precision_weighted
from mmcore.distributions import Gaussian

__all__ = ["ProductOfExperts"]


class ProductOfExperts(Aggregator):
    r"""The normalized product, :math:`f \propto \prod_{k\ \mathrm{present}} q_k`.

    Weights are not used: precisions add up, so that every present expert increases the precision.

    References:
        Wu, Goodman (2018), Section 2.2.
    """

    is_gaussian = True

    def forward(self, experts: Experts) -> Gaussian:
        """Return the product, (B, D)."""
        present = experts.present.to(experts.gaussians.loc.dtype)
        return precision_weighted(experts.gaussians, present)
