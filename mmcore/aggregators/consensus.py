"""The consensus of dependent experts."""

import torch
from torch import Tensor

from mmcore.aggregators.base import Aggregator, Experts
from mmcore.distributions import Gaussian

__all__ = ["Consensus", "consensus"]


def consensus(gaussians: Gaussian, present: Tensor, correlation: float) -> Gaussian:
    r"""Return the consensus of the present experts, whose errors have pairwise correlations.

    With :math:`\Sigma_{ij} = \rho \sigma_i \sigma_j`, :math:`\Sigma_{ii} = \sigma_i^2`, the precision is
    :math:`1^T \Sigma^{-1} 1` and the mean :math:`1^T \Sigma^{-1} \mu` over it. The inverse is known: with
    :math:`\tau_k = 1 / \sigma_k` and :math:`\kappa = \rho / (1 + (K - 1) \rho)`,

    .. math:: \frac{1}{\sigma_f^2} = \frac{\sum_k \tau_k^2 - \kappa (\sum_k \tau_k)^2}{1 - \rho}, \quad
        \mu_f = \frac{\sum_k \tau_k^2 \mu_k - \kappa \sum_k \tau_k \sum_k \tau_k \mu_k}
        {\sum_k \tau_k^2 - \kappa (\sum_k \tau_k)^2}.

    Shapes:
        gaussians: (K, B, D). present: (*S, K, B). returns: (*S, B, D).

    Arguments:
        gaussians: the experts.
        present: which of them count; a row without any has no consensus, NaN.
        correlation: rho, from 0, a product of experts, to below 1.

    References:
        Winkler (1981); Mancisidor, Jenssen, Yu, Kampffmeyer (2025).
    """
    log_tau = (-0.5 * gaussians.logvar).masked_fill(~present.unsqueeze(-1), -torch.inf)
    # In units of the largest tau, so that extreme variances neither overflow nor vanish.
    largest = log_tau.amax(-3, keepdim=True)
    tau = torch.exp(log_tau - largest)
    count = present.sum(-2).unsqueeze(-1)
    kappa = correlation / (1 + (count - 1) * correlation)
    total = tau.sum(-3)
    # (sum tau^2 - kappa (sum tau)^2) / (1 - rho)
    precision = ((tau**2).sum(-3) - kappa * total**2) / (1 - correlation)
    weighted = (tau**2 * gaussians.loc).sum(-3) - kappa * total * (tau * gaussians.loc).sum(-3)
    loc = weighted / (1 - correlation) / precision
    return Gaussian(loc, -precision.log() - 2 * largest.squeeze(-3))


class Consensus(Aggregator):
    """The consensus of experts whose errors have the same pairwise correlation.

    Correlation 0 gives the product of experts. The nearer it is to 1, the less do experts that agree
    increase the precision. The mean may lie outside of the range of the experts' means.

    Arguments:
        correlation: rho, from 0 to below 1.

    References:
        Winkler (1981); Mancisidor, Jenssen, Yu, Kampffmeyer (2025).
    """

    is_gaussian = True
    is_mean = False

    def __init__(self, correlation: float = 0.5) -> None:
        super().__init__()
        self.correlation = correlation

    def forward(self, experts: Experts) -> Gaussian:
        """Return the consensus, (B, D)."""
        return consensus(experts.gaussians, experts.present, self.correlation)
