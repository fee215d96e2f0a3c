"""The residual networks of both modalities, in one dimension and in two."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

GROUPS = 8
SHORTCUT, BRANCH = 2.0, 0.3

Convolution = Callable[..., nn.Module]


class Residual(nn.Module):
    """A pre-activation block that changes the size: twice the shortcut and a little of the branch.

    The original normalises over the batch. We normalise over groups of channels of each row, so that
    rows do not influence one another, a missing one least of all (docs/celeba.md).

    Arguments:
        convolution: ``nn.Conv2d`` and its like; transposed to decode.
        dropout: the layer that drops.
        channels_in: of the input.
        channels_out: of the output.
        share: of what is dropped.
        bias: whether the branch's convolutions have one.
        stride: of the convolution, whose kernel is 4.
        padding: of the convolution.

    References:
        Sutter, Daunhawer, Vogt (2020), experiment CelebA.
    """

    def __init__(
        self,
        convolution: Convolution,
        dropout: Callable[[float], nn.Module],
        channels_in: int,
        channels_out: int,
        share: float,
        bias: bool,
        stride: int = 2,
        padding: int = 1,
    ) -> None:
        super().__init__()
        place = {"kernel_size": 4, "stride": stride, "padding": padding}
        self.branch = nn.Sequential(
            _norm(channels_in),
            nn.ReLU(inplace=True),
            convolution(channels_in, channels_in, kernel_size=1, bias=bias),
            dropout(share),
            _norm(channels_in),
            nn.ReLU(inplace=True),
            convolution(channels_in, channels_out, bias=bias, **place),
            dropout(share),
        )
        self.shortcut = nn.Sequential(
            convolution(channels_in, channels_out, **place), _norm(channels_out)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return twice the shortcut and .3 of the branch."""
        total: Tensor = SHORTCUT * self.shortcut(x) + BRANCH * self.branch(x)
        return total


class Blocks(nn.Module):
    """One block after another, each computed again in the backward pass where memory asks for it.

    Arguments:
        blocks: the blocks.
        checkpointing: whether activations within blocks are given up.
    """

    def __init__(self, blocks: Sequence[nn.Module], checkpointing: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self._checkpointing = checkpointing

    def forward(self, x: Tensor) -> Tensor:
        """Run all blocks."""
        for block in self.blocks:
            again = self._checkpointing and self.training
            x = checkpoint(block, x, use_reentrant=False) if again else block(x)
        return x


def _norm(channels: int) -> nn.Module:
    return nn.GroupNorm(math.gcd(GROUPS, channels), channels)
