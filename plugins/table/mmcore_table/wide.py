"""A dense layer for any number of columns."""

import torch
from torch import Tensor, nn

USUAL = 512
"""Number of inputs up to which the layer equals ``nn.Linear``."""


class WideLinear(nn.Linear):
    r"""A dense layer whose outputs change equally fast for any number of inputs.

    .. math:: y = b + W x / g, \qquad g = \max(1, F / 512)

    A step of Adam changes each weight by up to the learning rate, so that F correlated inputs change an
    output F times as much as one. With tens of thousands of columns this overflows. Here the initial
    weights are g times larger: the initial outputs are equal, and change g times less.

    References:
        Yang et al. (2021), Tensor Programs V, Table 3.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__(features, width)
        self._gain = max(1.0, features / USUAL)
        with torch.no_grad():
            self.weight.mul_(self._gain)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs, (B, width)."""
        out: Tensor = nn.functional.linear(x / self._gain, self.weight, self.bias)
        return out
