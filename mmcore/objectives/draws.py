"""Draws of contents and styles from their posteriors."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.distributions import LatentDistribution, Mixture
from mmcore.encoding import Encoding
from mmcore.noise import Noise
from mmcore.objectives.styles import StyleStack, StyleTraining

__all__ = ["ContentDraw", "draw_content", "draw_styles"]


@dataclass(frozen=True, slots=True)
class ContentDraw:
    """One content for each row.

    Shapes:
        content: (B, D).
        own: (M, B), whether the expert of a modality contributed to it.
    """

    content: Tensor
    own: Tensor


def draw_content(q: LatentDistribution, encoding: Encoding, noise: Noise) -> ContentDraw:
    """Draw one content for each row; from one component of a mixture, stratified over the batch."""
    if not isinstance(q, Mixture):
        return ContentDraw(q.rsample(noise), encoding.present)
    chosen = q.choose(noise)
    own = q.members[chosen].T & encoding.present
    return ContentDraw(q.components.take(chosen).rsample(noise), own)


def draw_styles(
    codec: Codec,
    styles: Sequence[StyleStack],
    own: Tensor,
    training: StyleTraining,
    noise: Noise,
    progress: float,
) -> dict[str, Tensor]:
    """Draw one style for each row and modality, (B, D_m)."""
    drawn: dict[str, Tensor] = {}
    for stack in styles:
        names, q = stack.names, stack.posterior
        if training.is_warmup(progress):
            # s_m ~ p(s_m)
            priors = {name: codec.style_prior(name) for name in names}
            drawn |= {n: p.sample(noise.at(n), "eps").to(q.loc.dtype) for n, p in priors.items()}
            continue
        eps = torch.stack([noise.at(name).normal("eps", q.loc.shape[-1]) for name in names])
        owns = own if names == codec.names else own[[codec.names.index(name) for name in names]]
        style = training.draw(q, owns, eps.to(q.loc.dtype))
        drawn.update(zip(names, style.unbind(0), strict=True))
    return drawn
