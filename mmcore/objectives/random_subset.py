"""The ELBO given a random subset of the modalities of each row."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.one_draw import OneDraw
from mmcore.objectives.terms import TermWeights, named

__all__ = ["RandomSubsetElbo"]

DRAWS = 16
WHOLE = 0.5
"""Share of the rows whose subset has all modalities of the row."""


class RandomSubsetElbo(Objective):
    r"""The ELBO given a random subset K of the modalities of each row, which differs at each step.

    .. math:: L_K = \sum_m \mathbb E_{q(c|x_K)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - KL(q(c|x_K) \| p(c))

    All modalities of the row are decoded, so that the posterior given a subset learns to predict the
    others; :math:`L_K` is a lower bound of :math:`\log p(X)` for every K. Half of the rows keep all their
    modalities. Early stopping minimizes the error of each modality imputed from the others.

    Arguments:
        posterior: q(c | X), defined for every subset.
        weights: factors of the terms.
        styles: how styles are drawn in training.

    References:
        Wu, Goodman (2018), Section 2.3.
    """

    def __init__(self, posterior: Inference, weights: TermWeights, styles: StyleTraining) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the bound."""
        encoding = codec.encode(batch)
        subset = _subset(encoding, noise.at("subset"))
        # q(c | x_K)
        q = self.posterior(subset, noise.at("posterior"))
        # c ~ q(c | x_K), s_m ~ q(s_m | x_m)
        draw = OneDraw.of(codec, encoding, q, subset, self.styles, noise, progress)
        # - sum_m log p(x_m | s_m, c) + KL(q(c | x_K) || p(c)) + sum_m KL(q(s_m | x_m) || p(s_m))
        w = self.weights
        loss = draw.nll.weighted(w.likelihood) + w.beta * (draw.kl + draw.styles.weighted(w.style))
        return LossTerms(loss, draw.nll, named("kl", draw.kl, draw.styles))

    def held_out(self, codec: Codec, batch: Batch, noise: Noise) -> Tensor:
        """Return the mean squared error of the modalities, each imputed from the others, (B,).

        As in imputation, a number is the mean over draws of the content, and counts in its unit; a category
        counts as 0 or 1. A row with one modality has the loss if all rows have one, and 0 otherwise.
        """
        encoding = codec.encode(batch)
        if len(codec.names) == 1:
            return self(codec, batch, noise, 1.0).loss  # type: ignore[no-any-return]
        errors, counts = encoding.content.loc.new_zeros(2, encoding.rows)
        for name in encoding.values:
            others = encoding.restrict([other for other in codec.names if other != name])
            counted = encoding.has((name,)) & others.present.any(0)
            q = self.posterior(others)
            drawn = [q.rsample(noise.at(f"{name}/{number}")) for number in range(DRAWS)]
            error = _squared_error(codec, encoding, name, drawn)
            errors = errors + error.masked_fill(~counted, 0.0)
            counts = counts + counted
        mean: Tensor = errors / counts.clamp_min(1)
        return mean


def _subset(encoding: Encoding, noise: Noise) -> Encoding:
    """Return the encoding with a random non-empty subset of the modalities of each row."""
    present = encoding.present
    kept = torch.stack([noise.uniform(name) < 0.5 for name in encoding.names])
    whole = noise.at("all").uniform("whole") < WHOLE
    chosen = present & (kept | whole)
    chosen = torch.where(chosen.any(0), chosen, present)
    return replace(encoding, present=chosen, complete=False)


def _squared_error(
    codec: Codec, encoding: Encoding, name: str, contents: Sequence[Tensor]
) -> Tensor:
    """Return the mean over the observed elements, (B,)."""
    x, modality, unit = encoding.values[name], codec[name], codec[name].unit()
    style = codec.style_prior(name).mean.to(contents[0]).expand(encoding.rows, -1)
    likelihoods = [modality.decode(content, style) for content in contents]
    if unit is None:
        unit = torch.full(x.shape[1:], 1.0 if x.is_floating_point() else torch.nan)
    unit = unit.to(x.device)
    mode, numeric = likelihoods[0].mode, ~unit.isnan()
    has_mean = bool(numeric.any())
    expected = sum(p.mean for p in likelihoods) / len(likelihoods) if has_mean else mode
    far = torch.where(numeric, (expected - x) / unit, (mode != x).to(style)).flatten(1)
    seen = ~x.flatten(1).isnan()
    return (far.nan_to_num() ** 2 * seen).sum(1) / seen.sum(1).clamp_min(1)
