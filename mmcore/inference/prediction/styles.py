"""Values with one content and several styles."""

import torch
from torch import Tensor

from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["in_styles"]


@torch.no_grad()
def in_styles(model: Model, name: str, content: Tensor, styles: int, noise: Noise) -> Tensor:
    """Return the most likely values of a modality in several styles, (S, B, *E).

    Arguments:
        model: a trained model.
        name: the modality.
        content: (B, D).
        styles: S, the number of draws of the prior of the style; all rows share them.
        noise: randomness, whose number of rows is replaced by S.
    """
    draws = model.codec.style_prior(name).sample(noise.resized(styles), name)
    values = [
        model.codec.decode(name, content, style.expand(len(content), -1)).mode for style in draws
    ]
    return torch.stack(values)
