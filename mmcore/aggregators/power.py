"""The power mean of Gaussians."""

import torch

from mmcore.aggregators.base import Aggregator
from mmcore.aggregators.experts import Experts
from mmcore.distributions import Gaussian

__all__ = ["PowerMean"]


class PowerMean(Aggregator):
    r"""The power mean of the variances, a family of abstract means.

    .. math:: \sigma_f^2 = \Bigl(\sum_k \pi_k \sigma_k^{2p}\Bigr)^{1/p}, \qquad
        \mu_f = \frac{\sum_k \pi_k \sigma_k^{2p} \mu_k}{\sum_k \pi_k \sigma_k^{2p}}

    p = -1 is the geometric mean of the densities; p = 0, the limit, averages means and log-variances.
    The smaller p is, the larger is the influence of the expert with the smallest variance.

    Arguments:
        power: p.
    """

    is_gaussian = True

    def __init__(self, power: float = 0.0) -> None:
        super().__init__()
        self.power = power

    def forward(self, experts: Experts) -> Gaussian:
        """Return the power mean, (B, D)."""
        pi, logvar = experts.weights.unsqueeze(-1), experts.gaussians.logvar
        if self.power == 0:
            return Gaussian((pi * experts.gaussians.loc).sum(0), (pi * logvar).sum(0))
        terms = pi.log() + self.power * logvar
        total = torch.logsumexp(terms, dim=0)
        loc = (torch.exp(terms - total) * experts.gaussians.loc).sum(0)
        return Gaussian(loc, total / self.power)
