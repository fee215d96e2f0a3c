"""Drawing contents and styles."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.codec import Codec, Encoding
from mmcore.distributions import LatentDistribution, Mixture
from mmcore.noise import Noise
from mmcore.objectives.styles import StyleTraining, stacked

__all__ = ["ContentDraw", "draw_content", "draw_styles"]


@dataclass(frozen=True, slots=True)
class ContentDraw:
    """One content for each row.

    Shapes:
        content: (B, D).
        own: (M, B), whether the expert of a modality had a part in it.
    """

    content: Tensor
    own: Tensor


def draw_content(q: LatentDistribution, encoding: Encoding, noise: Noise) -> ContentDraw:
    """Draw one content for each row; of a mixture, from one component, stratified over the batch."""
    if not isinstance(q, Mixture):
        return ContentDraw(q.rsample(noise), encoding.present)
    chosen = q.choose(noise)
    own = q.members[chosen].T & encoding.present
    return ContentDraw(q.components.take(chosen).rsample(noise), own)


def draw_styles(
    codec: Codec,
    encoding: Encoding,
    own: Tensor,
    training: StyleTraining,
    noise: Noise,
    progress: float,
) -> dict[str, Tensor]:
    """Draw one style for each row and modality, (B, D_m)."""
    own_by_name = dict(zip(codec.names, own, strict=True))
    drawn: dict[str, Tensor] = {}
    for names, style in stacked(encoding.styles):
        size, kind = style.loc.shape[-1], style.loc.dtype
        eps = torch.stack([noise.at(name).normal("eps", size) for name in names]).to(kind)
        owns = torch.stack([own_by_name[name] for name in names])
        drawn.update(zip(names, training.draw(style, owns, eps, progress).unbind(0), strict=True))
    return drawn
