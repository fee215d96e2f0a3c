"""The residual networks of both modalities, with one and with two spatial dimensions."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

GROUPS = 8
SHORTCUT, BRANCH = 2.0, 0.3

Convolution = Callable[..., nn.Module]


class Residual(nn.Module):
    """A pre-activation block that changes the size: 2 * shortcut + 0.3 * branch.

    The published code normalizes over the batch. This block normalizes over groups of channels of each
    row, so that no row depends on another one (docs/celeba.md).

    Arguments:
        convolution: ``nn.Conv1d``, ``nn.Conv2d``, or a transposed convolution.
        dropout: the dropout layer.
        channels_in: channels of the input.
        channels_out: channels of the output.
        share: probability of dropout.
        bias: if the convolutions of the branch have a bias.
        stride: stride of the convolution, whose kernel size is 4.
        padding: padding of the convolution.

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
        """Return the output of the block."""
        total: Tensor = SHORTCUT * self.shortcut(x) + BRANCH * self.branch(x)
        return total


class Blocks(nn.Module):
    """A sequence of blocks, with optional gradient checkpointing.

    Arguments:
        blocks: the blocks, in order.
        checkpointing: compute the activations within a block again in the backward pass.
    """

    def __init__(self, blocks: Sequence[nn.Module], checkpointing: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self._checkpointing = checkpointing

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the last block."""
        for block in self.blocks:
            again = self._checkpointing and self.training
            x = checkpoint(block, x, use_reentrant=False) if again else block(x)
        return x


def _norm(channels: int) -> nn.Module:
    return nn.GroupNorm(math.gcd(GROUPS, channels), channels)
