"""Drawing contents and styles."""

from dataclasses import dataclass

from torch import Tensor

from mmcore.codec import Codec, Encoding
from mmcore.distributions import LatentDistribution, Mixture
from mmcore.noise import Noise
from mmcore.objectives.styles import StyleTraining

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
    return {
        name: training.draw(style, own_by_name[name], noise.at(name), progress)
        for name, style in encoding.styles.items()
    }
