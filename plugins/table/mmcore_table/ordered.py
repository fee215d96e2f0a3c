"""The likelihood of ordered columns."""

from typing import Any, final

import torch
from torch import Tensor
from torch.distributions import Distribution
from torch.nn.functional import logsigmoid, pad

__all__ = ["Ordered"]


@final
class Ordered(Distribution):
    r"""The cumulative-logit distribution of ordered categories, :math:`P(x \le k) = \sigma(\theta_k - \eta)`.

    Shapes:
        position: (B, G). cuts: (G, K - 1).

    Arguments:
        position: eta.
        cuts: theta, ascending; infinite beyond the categories of a column.

    References:
        McCullagh (1980), Section 2.1.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention

    def __init__(self, position: Tensor, cuts: Tensor) -> None:
        self._position, self._cuts = position, cuts
        super().__init__(position.shape, validate_args=False)

    @property
    def probs(self) -> Tensor:
        """The probability of each category, (B, G, K)."""
        cuts = pad(self._cuts, (0, 1), value=torch.inf)
        below = torch.sigmoid(cuts - self._position.unsqueeze(-1))
        each = [below[..., :1], below[..., 1:] - below[..., :-1]]
        return torch.cat(each, dim=-1).clamp_min(0)

    @property
    def mode(self) -> Tensor:
        """The most likely category."""
        return self.probs.argmax(-1)

    @torch.no_grad()
    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return draws of shape (*sample_shape, B, G)."""
        shape = torch.Size(sample_shape) + self._position.shape
        uniform = torch.rand(shape, dtype=self._position.dtype, device=self._position.device)
        # A logistic variable around eta lies between the cuts of its category.
        reached = self._position + uniform.logit()
        drawn = torch.zeros_like(reached)
        for cut in self._cuts.unbind(-1):
            drawn += reached > cut
        return drawn

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability of each category."""
        edges = pad(pad(self._cuts, (0, 1), value=torch.inf), (1, 0), value=-torch.inf)
        value, position = torch.broadcast_tensors(value, self._position)
        place = value.long()
        column = torch.arange(edges.shape[0], device=place.device)
        lower, upper = edges[column, place] - position, edges[column, place + 1] - position
        # log(sigmoid(u) - sigmoid(l)) = logsigmoid(u) + logsigmoid(-l) + log(1 - exp(l - u))
        beyond = lower == torch.inf  # between two infinite cuts
        lower = lower.masked_fill(beyond, 0.0)
        inside = torch.log(-torch.expm1((lower - upper).clamp_max(-1e-12)))
        log_p = logsigmoid(upper) + logsigmoid(-lower) + inside
        return log_p.masked_fill(beyond, -torch.inf)
