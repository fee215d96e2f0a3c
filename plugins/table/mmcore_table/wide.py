"""A dense layer for any number of columns."""

import torch
from torch import Tensor, nn

USUAL = 512
"""Features up to which a dense layer is as always."""


class WideLinear(nn.Linear):
    r"""A dense layer whose outputs move at the same speed however many features it reads.

    .. math:: y = b + W x / g, \qquad g = \max(1, F / 512)

    A step of Adam changes each weight by the learning rate, so that F features which go together move
    an output by F times as much. With tens of thousands of columns that ends in infinities; here
    weights begin g times larger, and the outputs are the same at first and move g times less.

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
