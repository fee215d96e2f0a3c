"""A likelihood that ignores missing elements."""

from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints


class Observed(Distribution):
    r"""Independent elements given the latent variables, :math:`\prod_e p(x_e)` over the observed elements.

    Shapes:
        batch: (B,). event: (*E).

    Arguments:
        elements: a distribution of batch shape (B, *E).

    Example:
        >>> import torch
        >>> one = Observed(torch.distributions.Normal(torch.zeros(1, 2), 1.0))
        >>> round(float(one.log_prob(torch.tensor([[0.0, float("nan")]]))), 4)
        -0.9189
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.real

    def __init__(self, elements: Distribution) -> None:
        self.elements = elements
        shape = elements.batch_shape
        super().__init__(shape[:1], shape[1:], validate_args=False)

    @property
    def mode(self) -> Tensor:
        """The most likely value of each element."""
        return self.elements.mode

    @property
    def mean(self) -> Tensor:
        """The mean of each element."""
        return self.elements.mean

    @property
    def variance(self) -> Tensor:
        """The variance of each element."""
        return self.elements.variance

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return draws of shape (*sample_shape, B, *E)."""
        return self.elements.sample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density of the observed elements, (B,) nats."""
        observed = ~value.isnan()
        # A missing element is replaced by a value with a finite gradient, and masked afterwards.
        known = torch.where(observed, value, self.elements.mean.detach())
        each = torch.where(observed, self.elements.log_prob(known), 0.0)
        return each.flatten(each.dim() - len(self.event_shape)).sum(-1)
