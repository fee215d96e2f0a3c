"""The weighted geometric mean of Gaussians."""

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.aggregators.precision import precision_weighted
from mmcore.distributions import Gaussian

__all__ = ["GeometricMean"]


class GeometricMean(Aggregator):
    r"""The normalized weighted geometric mean, :math:`f \propto \prod_k q_k^{\pi_k}`.

    For Gaussians it is a Gaussian: a weighted product of experts,

    .. math:: \frac{1}{\sigma_f^2} = \sum_k \frac{\pi_k}{\sigma_k^2}, \qquad
        \mu_f = \sigma_f^2 \sum_k \pi_k \frac{\mu_k}{\sigma_k^2}.

    References:
        Sutter, Daunhawer, Vogt (2020), Definition 3.
    """

    is_gaussian = True

    def forward(self, experts: Experts) -> Gaussian:
        """Return the geometric mean, (B, D)."""
        return precision_weighted(experts.gaussians, experts.weights)
