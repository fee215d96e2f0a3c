"""Likelihoods of counts."""

import math
from typing import Any, final

import torch
from torch import Tensor
from torch.distributions import Distribution, Gamma
from torch.nn.functional import logsigmoid

__all__ = ["NegativeBinomial", "ZeroInflated"]

SERIES = 16.0
"""From here on, three terms of Stirling's series are exact in float32."""


@final
class NegativeBinomial(Distribution):
    r"""Counts of mean :math:`\mu` and variance :math:`\mu + \mu^2 / r`.

    The density of torch is a difference of terms as large as :math:`\mu \log \mu`, and wrong by .65 nats in
    float32 at a million. Here the large terms are subtracted by hand, as in R: Stirling's formula leaves the
    deviance, which is a sum of small numbers.

    Shapes:
        mean: (*B). dispersion: one that (*B) contains, such as one for each column.

    Arguments:
        mean: positive.
        dispersion: r, positive; a Poisson distribution in the limit.

    References:
        Loader (2000), "Fast and Accurate Computation of Binomial Probabilities".
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention

    def __init__(self, mean: Tensor, dispersion: Tensor) -> None:
        self._mean, self.dispersion = mean, dispersion
        super().__init__(mean.shape, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._mean

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._mean + self._mean.square() / self.dispersion

    @property
    def mode(self) -> Tensor:
        """The most likely count."""
        r = self.dispersion
        return ((r - 1).clamp_min(0) * (self._mean / r)).floor()

    @torch.no_grad()
    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return draws of shape (*sample_shape, *B)."""
        rates = Gamma(
            self.dispersion.expand_as(self._mean), self.dispersion / self._mean, validate_args=False
        )
        return torch.poisson(rates.sample(torch.Size(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability of each count."""
        value, mean, r = torch.broadcast_tensors(value, self._mean, self.dispersion)
        # log p(0) = - r log(1 + mu / r)
        zero = -r * torch.log1p(mean / r)
        if value.is_cuda:  # a selection would wait for the device
            known = _of_positive(value.masked_fill(value == 0, 1.0), mean, r)
            return torch.where(value == 0, zero, known)
        seen = value != 0  # one cell in twenty of the usual counts of genes
        known = _of_positive(*(part.masked_select(seen) for part in (value, mean, r)))
        return zero.masked_scatter(seen, known)


@final
class ZeroInflated(Distribution):
    r"""A count that is 0 with probability :math:`\pi` and a draw of ``counts`` otherwise.

    Arguments:
        counts: a negative binomial distribution.
        logit: log odds of an additional zero, :math:`\pi = \sigma(\text{logit})`.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention

    def __init__(self, counts: NegativeBinomial, logit: Tensor) -> None:
        self.counts, self.logit = counts, logit
        super().__init__(counts.batch_shape, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """The mean, (1 - pi) times that of the counts."""
        return torch.sigmoid(-self.logit) * self.counts.mean

    @property
    def mode(self) -> Tensor:
        """0, or the mode of the counts if it is more likely."""
        peak = self.counts.mode
        zero = self.log_prob(torch.zeros_like(peak))
        return torch.where(self.log_prob(peak) > zero, peak, torch.zeros_like(peak))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return draws of shape (*sample_shape, *B)."""
        drawn = self.counts.sample(sample_shape)
        return drawn * (torch.rand_like(drawn) >= torch.sigmoid(self.logit))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability of each count."""
        inner = logsigmoid(-self.logit) + self.counts.log_prob(value)
        zero = torch.logaddexp(logsigmoid(self.logit).expand_as(inner), inner)
        return torch.where(value == 0, zero, inner)


def _of_positive(x: Tensor, mean: Tensor, r: Tensor) -> Tensor:
    """Return log p(x) of counts that are not 0."""
    # log p(x) = S(x + r) - S(x) - S(r) + 1/2 log(r / (2 pi x (x + r))) - D
    rest = _stirling(x + r) - _stirling(x) - _stirling(r)
    scale = 0.5 * (r.log() - (x + r).log() - x.log() - math.log(2 * math.pi))
    # D = x log(x (r + mu) / (mu (r + x))) - r log((r + x) / (r + mu)), without loss of digits near mu
    gap, low, high = x - mean, torch.minimum(x, mean), torch.maximum(x, mean)
    distance = gap.abs()
    first = x * torch.log1p(r / (r + high) * (distance / low))
    deviance = gap.sign() * (first - r * torch.log1p(distance / (r + low)))
    return rest + scale - deviance


def _stirling(z: Tensor) -> Tensor:
    """Return S(z) = log Gamma(z + 1) - (z + 1/2) log z + z - 1/2 log(2 pi), which is 1 / (12 z) or less."""
    large, small = z.clamp_min(SERIES), z.clamp_max(SERIES)
    inverse = 1 / large
    series = inverse * (1 / 12 - inverse.square() * (1 / 360 - inverse.square() / 1260))
    direct = torch.lgamma(small + 1) - (small + 0.5) * small.log() + small
    return torch.where(z > SERIES, series, direct - 0.5 * math.log(2 * math.pi))
