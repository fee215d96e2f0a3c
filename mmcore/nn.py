"""Building blocks for the networks of modalities."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pixel_shuffle

from mmcore.distributions import Gaussian
from mmcore.modality import Posterior

__all__ = ["PosteriorHead", "ThinUpsampling", "one_hot", "pixels"]


class PosteriorHead(nn.Module):
    """Linear heads from features to the posteriors over content and style.

    Shapes:
        features: (B, features). returns: content (B, content_dim), style (B, style_dim), in float32
        at least, whatever the precision of the features.

    Arguments:
        features: number of features.
        content_dim: size D of the shared latent variable.
        style_dim: size of the modality's own subspace; may be 0.

    Example:
        >>> import torch
        >>> PosteriorHead(8, content_dim=3, style_dim=2)(torch.zeros(5, 8)).style.loc.shape
        torch.Size([5, 2])
    """

    def __init__(self, features: int, content_dim: int, style_dim: int) -> None:
        super().__init__()
        self._sizes = [content_dim, content_dim, style_dim, style_dim]
        self.linear = nn.Linear(features, sum(self._sizes))

    def forward(self, features: Tensor) -> Posterior:
        """Return the posteriors."""
        out = self.linear(features)
        out = out if out.dtype.itemsize > 2 else out.float()
        loc, logvar, style_loc, style_logvar = out.split(self._sizes, dim=-1)
        return Posterior(Gaussian(loc, logvar), Gaussian(style_loc, style_logvar))


class ThinUpsampling(nn.ConvTranspose2d):
    """``ConvTranspose2d(in, out, 4, stride=2, padding=1)`` for few output channels, two times as fast.

    Its parameters and its result are the same; it is computed as one convolution to the four phases of the
    larger picture, which are then interleaved.

    Example:
        >>> import torch
        >>> thin = ThinUpsampling(8, 3)
        >>> plain = torch.nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)
        >>> _ = plain.load_state_dict(thin.state_dict())
        >>> x = torch.randn(2, 8, 5, 7)
        >>> torch.allclose(thin(x), plain(x), atol=1e-5)
        True
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, 4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return the picture of twice the size."""
        # Output 2i + a takes input i + d - 1 with the tap a + 3 - 2d, where there is one: a padded
        # kernel, cut at every second tap from the end, has zeros in the other places.
        padded = nn.functional.pad(self.weight, (1, 1, 1, 1)).flip(2, 3)
        taps = padded.unfold(2, 2, 2).unfold(3, 2, 2)  # (in, out, 3, 3, a, b), a and b reversed
        phases = taps.flip(4, 5).permute(1, 4, 5, 0, 2, 3).flatten(0, 2)
        assert self.bias is not None
        return pixel_shuffle(conv2d(x, phases, self.bias.repeat_interleave(4), padding=1), 2)


def pixels(raw: Tensor) -> Tensor:
    """Return stored bytes in [0, 1], in the memory order that convolutions like; floats as they are.

    Shapes:
        raw: (B, C, H, W). returns: (B, C, H, W).
    """
    if raw.dtype != torch.uint8:
        return raw
    return raw.to(torch.get_default_dtype(), memory_format=torch.channels_last).div_(255)


def one_hot(places: Tensor, classes: int, kind: torch.dtype) -> Tensor:
    """Return ``places``, (B, L), as one-hot vectors of type ``kind``, (B, classes, L)."""
    found = torch.zeros(len(places), classes, places.shape[1], dtype=kind, device=places.device)
    return found.scatter_(1, places.unsqueeze(1), 1)
