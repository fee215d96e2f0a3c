"""Building blocks of modalities: layers, and the two bases of images and of sequences."""

from abc import ABC

import torch
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.nn.functional import conv2d, linear

from mmcore.distributions import Gaussian
from mmcore.likelihoods import CategoricalSequence, FixedLaplace
from mmcore.modality import Modality, Posterior
from mmcore.reporting.topics import PICTURES

__all__ = [
    "Crop",
    "ImageModality",
    "PointUpsampling1d",
    "PointUpsampling2d",
    "PosteriorHead",
    "SequenceModality",
    "ThinUpsampling",
    "one_hot",
    "pixels",
]


class ImageModality(Modality, ABC):
    """Images with an encoder, a decoder and a Laplace likelihood.

    A value is (C, H, W) in [0, 1], stored as bytes; C is 1 or 3.

    MUST: `event_shape`.

    Shapes:
        encoder: (B, C, H, W) to `Posterior`. decoder: (B, D_m + D) to (B, C, H, W).

    Arguments:
        encoder: the network that returns the posteriors, such as one that ends with `PosteriorHead`.
        decoder: the network from style and content to the median of each pixel.
        scale: of the Laplace likelihood.
    """

    topics = PICTURES

    def __init__(self, encoder: nn.Module, decoder: nn.Module, scale: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.scale = scale

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of images in [0, 1]."""
        posterior: Posterior = self.encoder(x)
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace densities around the decoded image."""
        return FixedLaplace(self.decoder(torch.cat([style, content], dim=-1)), self.scale)

    def prepare(self, raw: Tensor) -> Tensor:
        """Return bytes as floats in [0, 1], channels last in memory."""
        return pixels(raw)

    def render(self, x: Tensor) -> Tensor:
        """Return the images in three channels."""
        return x.clamp(0, 1).expand(-1, 3, -1, -1)


class SequenceModality(Modality, ABC):
    """Sequences of categories with an encoder, a decoder and a categorical likelihood.

    A value is the category at each of L places, (L,). The networks and the classifier read one-hot
    vectors; the classifier reads the probabilities of generated sequences.

    MUST: `event_shape`.

    Shapes:
        encoder: (B, K, L) to `Posterior`. decoder: (B, D_m + D) to (B, K, L).

    Arguments:
        encoder: the network that returns the posteriors, such as one that ends with `PosteriorHead`.
        decoder: the network from style and content to the logits of the categories at each place.
        categories: K, the number of categories.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, categories: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.categories = categories

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of sequences."""
        posterior: Posterior = self.encoder(self.classifier_input(x))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the softmax over the categories at each place."""
        return CategoricalSequence(self.decoder(torch.cat([style, content], dim=-1)))

    def prepare(self, raw: Tensor) -> Tensor:
        """Return stored bytes as indices."""
        return raw.long()

    def classifier_input(self, x: Tensor) -> Tensor:
        """Return the sequences as one-hot vectors, (B, K, L)."""
        return one_hot(x, self.categories, next(self.parameters()).dtype)

    def classifier_input_of(self, likelihood: Distribution) -> Tensor:
        """Return the probabilities of the categories, (B, K, L)."""
        assert isinstance(likelihood, CategoricalSequence), "as `decode` returns it"
        return likelihood.probs


class PosteriorHead(nn.Module):
    """Linear heads from features to the posteriors over content and style.

    Shapes:
        features: (B, features). returns: content (B, content_dim), style (B, style_dim), in float32
        or float64, also if the features have a lower precision.

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


class PointUpsampling1d(nn.ConvTranspose1d):
    """``ConvTranspose1d(in, out, size)`` of sequences of length 1, as one matrix product.

    It has the same parameters and the same result.

    Shapes:
        x: (B, in, 1). returns: (B, out, size).

    Example:
        >>> import torch
        >>> point = PointUpsampling1d(8, 3, 4)
        >>> plain = torch.nn.ConvTranspose1d(8, 3, 4)
        >>> _ = plain.load_state_dict(point.state_dict())
        >>> x = torch.randn(2, 8, 1)
        >>> torch.allclose(point(x), plain(x), atol=1e-6)
        True
    """

    def __init__(self, channels: int, out_channels: int, size: int) -> None:
        super().__init__(channels, out_channels, size)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return the longer sequence."""
        channels, size = self.weight.shape[1:]
        assert self.bias is not None
        weight, bias = self.weight.permute(1, 2, 0), self.bias.repeat_interleave(size)
        flat = linear(x.flatten(1), weight.flatten(0, 1), bias)
        sequence: Tensor = flat.unflatten(1, (channels, size))
        return sequence


class PointUpsampling2d(nn.ConvTranspose2d):
    """``ConvTranspose2d(in, out, size)`` of images of one pixel, as one matrix product.

    It has the same parameters and the same result, which has its channels last in memory.

    Shapes:
        x: (B, in, 1, 1). returns: (B, out, size, size).

    Example:
        >>> import torch
        >>> point = PointUpsampling2d(8, 3, 4)
        >>> plain = torch.nn.ConvTranspose2d(8, 3, 4)
        >>> _ = plain.load_state_dict(point.state_dict())
        >>> x = torch.randn(2, 8, 1, 1)
        >>> torch.allclose(point(x), plain(x), atol=1e-6)
        True
    """

    def __init__(self, channels: int, out_channels: int, size: int) -> None:
        super().__init__(channels, out_channels, size)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return the larger image."""
        channels, *size = self.weight.shape[1:]
        assert self.bias is not None
        weight, bias = self.weight.permute(2, 3, 1, 0), self.bias.repeat(size[0] * size[1])
        flat = linear(x.flatten(1), weight.flatten(0, 2), bias)
        image: Tensor = flat.unflatten(1, (*size, channels)).permute(0, 3, 1, 2)
        return image


class ThinUpsampling(nn.ConvTranspose2d):
    """``ConvTranspose2d(in, out, 4, stride=2, padding=1)`` for few output channels, three times as fast.

    It has the same parameters and the same result, which has its channels last in memory. One convolution
    computes 2 x 2 pixels of the larger image from each window of 2 x 2 pixels.

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
        """Return the image of twice the size."""
        # Pixels 2r - 1 + a, with a = 0 and 1, take the inputs r - 1 + d, with d = 0 and 1, with the tap
        # 2 - 2d + a. The first and the last pixel of all windows are outside of the image.
        taps = self.weight.unflatten(2, (2, 2)).unflatten(4, (2, 2)).flip(2, 4)
        assert self.bias is not None
        kernel, bias = taps.permute(3, 5, 1, 0, 2, 4).flatten(0, 2), self.bias.repeat(4)
        blocks = conv2d(x, kernel, bias, padding=1).permute(0, 2, 3, 1)
        rows = blocks.unflatten(3, (2, 2, -1)).transpose(2, 3).flatten(3, 4).flatten(1, 2)
        image: Tensor = rows[:, 1:-1, 1:-1].permute(0, 3, 1, 2)
        return image.contiguous(memory_format=torch.channels_last)


class Crop(nn.Module):
    """The first elements along the last dimensions.

    Arguments:
        sizes: number of elements to keep along each of the last dimensions.

    Example:
        >>> import torch
        >>> Crop(3, 2)(torch.zeros(5, 1, 4, 4)).shape
        torch.Size([5, 1, 3, 2])
    """

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self._sizes = sizes

    def forward(self, x: Tensor) -> Tensor:
        """Return the view."""
        for dim, size in enumerate(self._sizes, start=-len(self._sizes)):
            x = x.narrow(dim, 0, size)
        return x


def pixels(raw: Tensor) -> Tensor:
    """Return stored bytes as floats in [0, 1], channels last in memory; floats are returned unchanged.

    Shapes:
        raw: (B, C, H, W). returns: (B, C, H, W).
    """
    if raw.dtype != torch.uint8:
        return raw
    return raw.to(torch.get_default_dtype(), memory_format=torch.channels_last).div_(255)


def one_hot(indices: Tensor, categories: int, dtype: torch.dtype) -> Tensor:
    """Return ``indices``, (B, L), as one-hot vectors of type ``dtype``, (B, categories, L)."""
    shape = (indices.shape[0], categories, indices.shape[1])
    return torch.zeros(shape, dtype=dtype, device=indices.device).scatter_(
        1, indices.unsqueeze(1), 1
    )
