"""Building blocks for the networks of modalities."""

from torch import Tensor, nn

from mmcore.distributions import Gaussian
from mmcore.modality import Posterior

__all__ = ["PosteriorHead"]


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
