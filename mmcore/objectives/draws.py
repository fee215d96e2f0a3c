"""Draws of contents and styles, and the prevention of style leakage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.distributions import Gaussian, LatentDistribution, Mixture
from mmcore.encoding import Encoding
from mmcore.noise import Noise

__all__ = [
    "ContentDraw",
    "StyleStack",
    "StyleTraining",
    "draw_components",
    "draw_content",
    "draw_several_styles",
    "draw_styles",
    "stacked",
]


@dataclass(frozen=True, slots=True)
class StyleTraining:
    r"""Prevention of *style leakage*, where a modality-specific subspace encodes the shared content.

    A decoder whose content is drawn from a weak expert (a blurred house number, for example) can reduce
    its loss by encoding the content in the style as well; the shared latent variable then loses it. Two
    measures change the training and leave the model unchanged:

    - in the first ``warmup`` share of the training, styles are drawn from the prior, so that the
      content must be encoded in the shared space;
    - afterwards, in rows whose content was drawn from *another* modality, only the share
      ``cross_gradient`` of the gradient reaches the encoder of the style.

    ``warmup=0, cross_gradient=1`` is the objective of the paper.

    Arguments:
        warmup: share of the training, from 0 to 1.
        cross_gradient: share of the gradient, from 0 to 1.
    """

    warmup: float
    cross_gradient: float

    def is_warmup(self, progress: float) -> bool:
        """Return whether styles are drawn from the prior at this share of the training."""
        return progress < self.warmup

    def draw(self, style: Gaussian, own: Tensor, eps: Tensor) -> Tensor:
        """Return one style from the posterior for each row, (..., B, D_m), after the warm-up.

        Arguments:
            style: posterior over the style, (..., B, D_m).
            own: rows whose content came from this modality itself, (..., B).
            eps: standard normal draws, (..., B, D_m).
        """
        share = torch.where(own, 1.0, self.cross_gradient).unsqueeze(-1)
        scaled: Tensor = _ScaledGradient.apply(style.loc + style.stddev * eps, share)
        return scaled


@dataclass(frozen=True, slots=True)
class StyleStack:
    """The posteriors over styles of one size, as one Gaussian, (K, B, D_m).

    Operations on a stack take the same number of kernels for any number of modalities.

    Arguments:
        names: K modalities.
        posterior: their posteriors, in this order.
    """

    names: tuple[str, ...]
    posterior: Gaussian


def stacked(styles: Mapping[str, Gaussian]) -> list[StyleStack]:
    """Return the styles as one stack for each size."""
    sizes = dict.fromkeys(style.loc.shape[-1] for style in styles.values())
    names = [tuple(n for n, q in styles.items() if q.loc.shape[-1] == size) for size in sizes]
    return [StyleStack(same, _stack([styles[name] for name in same])) for same in names]


def _stack(several: Sequence[Gaussian]) -> Gaussian:
    loc = torch.stack([q.loc for q in several])
    return Gaussian(loc, torch.stack([q.logvar for q in several]))


class _ScaledGradient(torch.autograd.Function):
    """The identity, with its gradient multiplied by a constant for each row."""

    @staticmethod
    def forward(context: Any, values: Tensor, share: Tensor) -> Tensor:
        context.save_for_backward(share)
        return values.view_as(values)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (share,) = context.saved_tensors
        return gradients[0] * share, None


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


def draw_components(components: Gaussian, noise: Noise) -> Tensor:
    """Return one draw of each of T Gaussians for each row, (T, B, D), through which gradients flow."""
    count, _, dims = components.loc.shape
    eps = noise.normal("content", count, dims).transpose(0, 1)
    return components.loc + components.stddev * eps.to(components.loc.dtype)


def draw_several_styles(
    codec: Codec,
    encoding: Encoding,
    name: str,
    own: Tensor,
    training: StyleTraining,
    noise: Noise,
    progress: float,
) -> Tensor:
    """Return a style of one modality for each of S draws of the content, (S, B, D_m).

    Arguments:
        codec: the priors.
        encoding: the encoded batch.
        name: the modality.
        own: draws whose content came from this modality, (S, B).
        training: how styles are drawn.
        noise: randomness of this modality.
        progress: completed share of the training.
    """
    q, draws = encoding.styles[name], len(own)
    if training.is_warmup(progress):
        # s_m ~ p(s_m)
        drawn = codec.style_prior(name).sample(noise, "eps", draws)
        return drawn.transpose(0, 1).to(q.loc.dtype)
    eps = noise.normal("eps", draws, q.loc.shape[-1]).transpose(0, 1).to(q.loc.dtype)
    return training.draw(q, own, eps)


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
