"""The objective of the set encoder."""

from dataclasses import replace

from mmcore import Batch, Noise
from mmcore.codec import Codec
from mmcore.distributions import gaussian_kl
from mmcore.encoding import Encoding, Inference
from mmcore.objectives import LossTerms, Objective, StyleTraining, TermWeights
from mmcore.objectives.draws import ContentDraw, draw_content, draw_styles, stacked
from mmcore.objectives.terms import (
    NamedTerms,
    named,
    negative_log_likelihoods,
    style_divergences,
)
from torch import Tensor


class MaskedElbo(Objective):
    r"""A bound of log p(x_K) for a random subset K, and one of the others given x_K.

    .. math:: L = \mathbb E_{q(c|x_K)} [\log p(x_K | c)] - KL(q(c|x_K) \| p(c))
        + \mathbb E_{q(c|X)} [\log p(x_{\setminus K} | c)] - KL(q(c|X) \| q(c|x_K))

    With styles, the divergence of each from its prior is subtracted. K has each modality of a row
    with probability 1/2; where it would be empty, it has all.

    Arguments:
        posterior: q(c | x_K), a Gaussian.
        weights: factors of the terms.
        styles: how styles are drawn in training.

    References:
        Hirt, Campolo, Leong, Ortega (2023), Section 3.
    """

    def __init__(self, posterior: Inference, weights: TermWeights, styles: StyleTraining) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the loss."""
        whole = codec.encode(batch)
        given = _subset(whole, noise)
        rest = replace(whole, present=whole.present & ~given.present, complete=False)
        q_given, q_whole = self.posterior(given), self.posterior(whole)
        # c ~ q(c | x_K), and c ~ q(c | X)
        first = draw_content(q_given, given, noise.at("given"))
        second = draw_content(q_whole, rest, noise.at("whole"))
        # - log p(x_K | c), and - log p(x_others | c)
        inside = self._likelihoods(codec, given, first, noise.at("given"), progress)
        outside = self._likelihoods(codec, rest, second, noise.at("whole"), progress)
        nll = NamedTerms(inside.names, inside.rows + outside.rows)
        style_kl = style_divergences(codec, whole, stacked(whole.styles), noise)
        # KL(q(c | x_K) || p(c)) + KL(q(c | X) || q(c | x_K))
        kl = codec.prior.kl(q_given, first.content) + gaussian_kl(q_whole, q_given)
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (kl + style_kl.weighted(w.style))
        return LossTerms(loss, nll, named("kl", kl, style_kl))

    def _likelihoods(
        self, codec: Codec, encoding: Encoding, drawn: ContentDraw, noise: Noise, progress: float
    ) -> NamedTerms:
        q_styles = stacked(encoding.styles)
        styles = draw_styles(codec, q_styles, drawn.own, self.styles, noise, progress)
        return negative_log_likelihoods(codec, encoding, drawn.content, styles)


def _subset(encoding: Encoding, noise: Noise) -> Encoding:
    """Return the encoding with a random subset of the modalities of each row."""
    # One stream for each modality, so that their order changes no result.
    chosen = [noise.uniform(f"subset/{name}") < 0.5 for name in encoding.names]
    kept: list[Tensor] = [p & c for p, c in zip(encoding.present, chosen, strict=True)]
    some = sum(kept) > 0
    present = encoding.present.clone()
    for place, mask in enumerate(kept):
        present[place] &= mask | ~some
    return replace(encoding, present=present, complete=False)
