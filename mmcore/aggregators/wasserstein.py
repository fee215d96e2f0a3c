"""The Wasserstein barycenter of Gaussians."""

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.distributions import Gaussian

__all__ = ["WassersteinBarycenter"]


class WassersteinBarycenter(Aggregator):
    r"""The minimizer of :math:`\sum_k \pi_k W_2^2(q_k, f)`.

    For diagonal Gaussians means and standard deviations are averaged,

    .. math:: \mu_f = \sum_k \pi_k \mu_k, \qquad \sigma_f = \sum_k \pi_k \sigma_k,

    so that the influence of an expert on the mean does not depend on its variance.

    References:
        Agueh, Carlier (2011), Theorem 6.1.
    """

    is_gaussian = True

    def forward(self, experts: Experts) -> Gaussian:
        """Return the barycenter, (B, D)."""
        pi = experts.weights.unsqueeze(-1)
        loc = (pi * experts.gaussians.loc).sum(0)
        return Gaussian(loc, 2 * (pi * experts.gaussians.stddev).sum(0).log())
