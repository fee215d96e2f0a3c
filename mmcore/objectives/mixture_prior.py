"""One latent variable for each modality, with the mixture of all experts as prior."""

import math
from typing import Literal

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.encoding import Encoding
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining, draw_components, draw_several_styles, stacked
from mmcore.objectives.terms import (
    NamedTerms,
    TermWeights,
    log_likelihood_of_draws,
    named,
    style_divergences,
)

__all__ = ["MixturePrior"]


class MixturePrior(Objective):
    r"""The objective of MMVM: each modality is decoded from its own expert, and experts are aligned.

    .. math:: L = \sum_m \mathbb E_{q_m(c)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - \sum_m KL(q_m \| h), \qquad
        h = \alpha\, p + \frac{1 - \alpha}{M} \sum_k q_k

    For :math:`\alpha = 0` the last sum is M times the Jensen-Shannon divergence of the experts. With
    ``js=bound``, as in the implementation of the authors, it is replaced by its convex bound
    :math:`\sum_m [\alpha\, KL(q_m \| p) + \frac{1 - \alpha}{M} \sum_k KL(q_m \| q_k)]`. M is the number of
    modalities of a row. For :math:`\alpha = 1`, L is the sum of the ELBOs of M separate VAEs.

    Arguments:
        weights: factors of the terms.
        styles: how styles are drawn in training.
        alpha: weight of p at the end of the annealing, from 0 to 1.
        anneal: share of the training in which the weight of p falls linearly from 1 to alpha.
        js: bound, or estimate with a draw of each expert.

    References:
        Sutter et al. (2024), arXiv:2403.05300.
    """

    def __init__(
        self,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        alpha: float = 0.0,
        anneal: float = 0.0,
        js: Literal["monte-carlo", "bound"] = "bound",
    ) -> None:
        super().__init__()
        self.weights = weights
        self.styles = styles
        self.alpha = alpha
        self.anneal = anneal
        self.js = js

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the objective."""
        encoding = codec.encode(batch)
        # c_m ~ q(c | x_m), (M, B, D)
        content = draw_components(encoding.content, noise)
        # - log p(x_m | s_m, c_m)
        nll = self._likelihoods(codec, encoding, content, noise, progress)
        style_kl = style_divergences(codec, encoding, stacked(encoding.styles), noise)
        # sum_m KL(q_m || h)
        kl = self.divergence(codec, encoding, content, self.alpha_at(progress))
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (kl + style_kl.weighted(w.style))
        return LossTerms(loss, nll, named("js", kl, style_kl))

    def alpha_at(self, progress: float) -> float:
        """Return the weight of p in h at a share of the training, from 0 to 1."""
        left = max(0.0, 1 - progress / self.anneal) if self.anneal else 0.0
        return self.alpha + (1 - self.alpha) * left

    def divergence(self, codec: Codec, encoding: Encoding, content: Tensor, alpha: float) -> Tensor:
        """Return the sum over m of KL(q_m || h), (B,) nats, or its bound; 0 for absent experts."""
        q, present = encoding.content, encoding.present
        shares = present / present.sum(0)
        if self.js == "bound":
            # alpha KL(q_m || p) + (1 - alpha)/M sum_k KL(q_m || q_k)
            pairs = gaussian_kl(Gaussian(q.loc.unsqueeze(1), q.logvar.unsqueeze(1)), q)
            aligned = (shares * pairs).sum(1)
            each = alpha * codec.prior.kl(q, content) + (1 - alpha) * aligned
        else:
            # log q_m(c_m) - log h(c_m)
            each = q.log_prob(content) - self._log_h(codec, q, shares, content, alpha)
        return each.masked_fill(~present, 0.0).sum(0)

    def _log_h(
        self, codec: Codec, q: Gaussian, shares: Tensor, content: Tensor, alpha: float
    ) -> Tensor:
        """Return log h of the draw of each expert, (M, B)."""
        log_shares = shares.log() + (math.log1p(-alpha) if alpha < 1 else -math.inf)
        parts = q.log_prob(content.unsqueeze(1)) + log_shares
        if alpha:
            log_p = codec.prior.log_prob(content) + math.log(alpha)
            parts = torch.cat([parts, log_p.unsqueeze(1)], dim=1)
        return parts.logsumexp(1)

    def _likelihoods(
        self, codec: Codec, encoding: Encoding, content: Tensor, noise: Noise, progress: float
    ) -> NamedTerms:
        nll = {}
        for name in encoding.values:
            place = codec.names.index(name)
            own = encoding.present[place].unsqueeze(0)
            style = draw_several_styles(
                codec, encoding, name, own, self.styles, noise.at(name), progress
            )
            drawn = content[place].unsqueeze(0)
            nll[name] = -log_likelihood_of_draws(codec, encoding, name, drawn, style)[0]
        return NamedTerms.of(nll)
