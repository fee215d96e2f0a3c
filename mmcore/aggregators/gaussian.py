"""Abstract means of Gaussians that are Gaussian."""

import torch
from torch import Tensor, nn

from mmcore.aggregators.base import Aggregator, Experts
from mmcore.distributions import Gaussian
from mmcore.distributions.closed_forms import PrecisionWeighted

__all__ = [
    "GeometricMean",
    "LearnedPowerMean",
    "PowerMean",
    "ProductOfExperts",
    "WassersteinBarycenter",
    "precision_weighted",
]

LEAST_POWER = 0.01


def precision_weighted(experts: Gaussian, weights: Tensor) -> Gaussian:
    r"""Return the Gaussian proportional to :math:`\prod_k q_k^{w_k}`.

    Shapes:
        experts: (K, B, D). weights: (K, B), not all 0 in a row. returns: (B, D).
    """
    # log(w_k / sigma_k^2), so that extreme variances neither overflow nor vanish
    log_precisions = weights.log().unsqueeze(-1) - experts.logvar
    # 1 / sigma_f^2 = sum_k w_k / sigma_k^2
    # mu_f = sum_k mu_k (w_k / sigma_k^2) / (sum_k w_k / sigma_k^2)
    return Gaussian(*PrecisionWeighted.apply(log_precisions, experts.loc))


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


class ProductOfExperts(Aggregator):
    r"""The normalized product, :math:`f \propto \prod_{k\ \mathrm{present}} q_k`.

    Weights are not used: precisions add up, so that every present expert increases the precision. It is
    therefore not a mean: the product of K equal experts has 1/K of their variance.

    References:
        Wu, Goodman (2018), Section 2.2.
    """

    is_gaussian = True
    is_mean = False

    def forward(self, experts: Experts) -> Gaussian:
        """Return the product, (B, D)."""
        present = experts.present.to(experts.gaussians.loc.dtype)
        return precision_weighted(experts.gaussians, present)


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


class LearnedPowerMean(Aggregator):
    """The power mean of the variances whose power p, see `PowerMean`, is learned.

    Within 0.01 of 0, where the formula divides by p, it is evaluated at 0.01 or -0.01.

    Arguments:
        power: the first p.
    """

    is_gaussian = True

    def __init__(self, power: float = -1.0) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(power))

    def forward(self, experts: Experts) -> Gaussian:
        """Return the power mean, (B, D)."""
        near = self.power.abs() < LEAST_POWER
        away = torch.where(
            near, torch.copysign(self.power.new_tensor(LEAST_POWER), self.power), self.power
        )
        # The gradient is that at the power which is used: a clamp would stop the training at 0.
        p = self.power + (away - self.power).detach()
        terms = experts.weights.log().unsqueeze(-1) + p * experts.gaussians.logvar
        # log sum_k pi_k sigma_k^{2p}
        total = torch.logsumexp(terms, dim=0)
        loc = (torch.exp(terms - total) * experts.gaussians.loc).sum(0)
        return Gaussian(loc, total / p)


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
