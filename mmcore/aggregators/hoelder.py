"""The Hoelder mean of densities, and Gaussians with the moments of a mixture."""

import math

import torch
from torch import Tensor

from mmcore.aggregators.base import Aggregator, Experts
from mmcore.distributions import Gaussian, Mixture

__all__ = ["HoelderMean", "MomentMatched"]


class HoelderMean(Aggregator):
    r"""The normalized mean of square roots, :math:`f \propto \bigl(\sum_k \pi_k \sqrt{q_k}\bigr)^2`.

    It lies between the arithmetic and the geometric mean. For Gaussians it is a mixture of the experts and
    of the normalized geometric means :math:`N_{ij}` of all pairs,

    .. math:: f \propto \sum_k \pi_k^2 q_k + 2 \sum_{i<j} \pi_i \pi_j S_{ij} N_{ij}, \qquad
        S_{ij} = \int \sqrt{q_i q_j} = \prod_d \sqrt{\frac{2 \sigma_i \sigma_j}{\sigma_i^2 + \sigma_j^2}}
        \exp\Bigl(-\frac{(\mu_i - \mu_j)^2}{4 (\sigma_i^2 + \sigma_j^2)}\Bigr).

    The weights of the components depend on the experts: where experts do not overlap, it is a mixture of
    them; equal experts give that expert.

    References:
        Hoelder pooling with alpha = 1/2: arXiv:2601.06572, arXiv:2606.13381.
    """

    def forward(self, experts: Experts) -> Mixture:
        """Return the mixture of K + K (K - 1) / 2 components for B rows."""
        q, log_pi = experts.gaussians, experts.weights.log()
        count, device = len(log_pi), log_pi.device
        i, j = torch.triu_indices(count, count, 1, device=device)
        first, second = (Gaussian(q.loc[k], q.logvar[k]) for k in (i, j))
        # log (pi_k^2), and log (2 pi_i pi_j S_ij)
        overlaps = math.log(2) + log_pi[i] + log_pi[j] + log_overlap(first, second)
        weights = torch.softmax(torch.cat([2 * log_pi, overlaps]), dim=0)
        means = geometric_means(first, second)
        single = torch.eye(count, dtype=torch.bool, device=device)
        components = Gaussian(torch.cat([q.loc, means.loc]), torch.cat([q.logvar, means.logvar]))
        return Mixture(components, weights, torch.cat([single, single[i] | single[j]]))


class MomentMatched(Aggregator):
    r"""The Gaussian with the mean and the variances of a mixture.

    .. math:: \mu_f = \sum_t w_t \mu_t, \qquad \sigma_f^2 = \sum_t w_t (\sigma_t^2 + (\mu_t - \mu_f)^2)

    Of all diagonal Gaussians f it minimizes :math:`KL(\sum_t w_t q_t \| f)`. For the mixture of the experts
    it thus minimizes :math:`\sum_k \pi_k KL(q_k \| f)`: no Gaussian has a smaller divergence.

    Arguments:
        mixture: the mean whose result, a `Mixture`, is matched.
    """

    is_gaussian = True

    def __init__(self, mixture: Aggregator) -> None:
        super().__init__()
        self.mixture = mixture

    def forward(self, experts: Experts) -> Gaussian:
        """Return the matched Gaussian, (B, D)."""
        mixture = self.mixture(experts)
        return Gaussian(mixture.mean, 2 * mixture.stddev.log())


def log_overlap(first: Gaussian, second: Gaussian) -> Tensor:
    """Return log S of pairs, (P, B) of (P, B, D), computed from log-variances."""
    log_total = torch.logaddexp(first.logvar, second.logvar)
    # 1/2 log (2 sigma_i sigma_j / (sigma_i^2 + sigma_j^2))
    shape = 0.5 * (math.log(2) + 0.5 * (first.logvar + second.logvar) - log_total)
    # (mu_i - mu_j)^2 / (4 (sigma_i^2 + sigma_j^2))
    distance = 0.25 * (first.loc - second.loc) ** 2 * torch.exp(-log_total)
    return (shape - distance).sum(-1)


def geometric_means(first: Gaussian, second: Gaussian) -> Gaussian:
    """Return the Gaussians of precision (1 / sigma_i^2 + 1 / sigma_j^2) / 2 of pairs, (P, B, D)."""
    share = torch.sigmoid(second.logvar - first.logvar)
    loc = share * first.loc + (1 - share) * second.loc
    return Gaussian(loc, math.log(2) - torch.logaddexp(-first.logvar, -second.logvar))
