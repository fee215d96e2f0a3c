"""Precision-weighted averages, used by products and geometric means."""

from torch import Tensor

from mmcore.distributions import Gaussian
from mmcore.distributions.closed_forms import PrecisionWeighted

__all__ = ["precision_weighted"]


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
