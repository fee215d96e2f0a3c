"""Objectives with a draw of the joint posterior and a draw of each expert."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
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

__all__ = ["CrossRegularized", "TripleElbo"]


@dataclass(frozen=True, slots=True)
class _Posteriors:
    """The joint posterior q, and what is decoded from a draw of it and from one of each expert.

    Shapes:
        content: (1 + M, B, D), draws of q and of the experts.
        joint, own: (B,) by modality, - log p(x_m | s_m, c) with c of q, and of the expert m; 0 where absent.
        kl: (B,), KL(q || p).
    """

    q: Gaussian
    content: Tensor
    joint: NamedTerms
    own: NamedTerms
    styles: NamedTerms
    kl: Tensor

    @classmethod
    def of(
        cls,
        codec: Codec,
        encoding: Encoding,
        q: object,
        styles: StyleTraining,
        noise: Noise,
        progress: float,
    ) -> "_Posteriors":
        """Return the terms; each decoder runs once, over two draws."""
        if not isinstance(q, Gaussian):
            raise MmcoreError(
                "this objective needs a Gaussian posterior; choose posterior=joint or product"
            )
        experts = encoding.content
        both = Gaussian(
            torch.cat([q.loc.unsqueeze(0), experts.loc]),
            torch.cat([q.logvar.unsqueeze(0), experts.logvar]),
        )
        # c ~ q(c | X), c_m ~ q(c | x_m)
        content = draw_components(both, noise)
        joint, own = {}, {}
        for name in encoding.values:
            place = codec.names.index(name)
            present = encoding.present[place].expand(2, -1)
            style = draw_several_styles(
                codec, encoding, name, present, styles, noise.at(name), progress
            )
            two = content[[0, 1 + place]]
            joint[name], own[name] = -log_likelihood_of_draws(codec, encoding, name, two, style)
        style_kl = style_divergences(codec, encoding, stacked(encoding.styles), noise)
        kl = codec.prior.kl(q, content[0])
        return cls(q, content, NamedTerms.of(joint), NamedTerms.of(own), style_kl, kl)


class TripleElbo(Objective):
    r"""The ELBO of the joint posterior, and the ELBO of each modality alone.

    .. math:: L = ELBO(X; q(c|X)) + \sum_m \Bigl( \gamma_m \mathbb E_{q_m(c)} [\log p(x_m | s_m, c)]
        - KL(q_m \| p) - KL(q(s_m|x_m) \| p(s_m)) \Bigr)

    In the publication the decoders are trained by the joint ELBO first and then fixed; here all terms are
    trained at the same time.

    Arguments:
        posterior: a Gaussian posterior, such as that of a joint encoder.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        unimodal: gamma, by modality, the factors of the likelihoods of the ELBOs of single modalities.

    References:
        Vedantam, Fischer, Huang, Murphy (2018).
    """

    def __init__(
        self,
        posterior: Inference,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        unimodal: Mapping[str, float],
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles
        self.unimodal = dict(unimodal)

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms; the reported likelihoods and divergences are those of the joint ELBO."""
        encoding = codec.encode(batch)
        q = self.posterior(encoding, noise.at("posterior"))
        terms = _Posteriors.of(codec, encoding, q, self.styles, noise, progress)
        # KL(q_m || p), 0 where absent
        kls = codec.prior.kl(encoding.content, terms.content[1:])
        unimodal = kls.masked_fill(~encoding.present, 0.0).sum(0)
        w = self.weights
        fit = terms.joint.weighted(w.likelihood) + terms.own.weighted(self.unimodal)
        styles = 2 * terms.styles.weighted(w.style)
        loss = fit + w.beta * (terms.kl + unimodal + styles)
        divergences = {"unimodal": unimodal, **named("kl", terms.kl, terms.styles)}
        return LossTerms(loss, terms.joint, divergences)


class CrossRegularized(Objective):
    r"""The objective of CRMVAE: a product of experts that are pulled towards it.

    .. math:: L = \frac{1}{M + 1} \Bigl( \frac12 \sum_m \bigl( \mathbb E_{q(c|X)} [\log p(x_m | s_m, c)]
        + \mathbb E_{q_m(c)} [\log p(x_m | s_m, c)] \bigr) - KL(q \| p)
        - \sum_m KL(q \| q_m) - \sum_m KL(q(s_m|x_m) \| p(s_m)) \Bigr)

    M is the number of modalities of a row. The publication has no styles.

    Arguments:
        posterior: a Gaussian posterior, a product of experts in the publication.
        weights: factors of the terms.
        styles: how styles are drawn in training.

    References:
        The implementation in MultiVae 1.0.3 (Senellart, Chadebec, Allassonniere, 2023).
    """

    def __init__(self, posterior: Inference, weights: TermWeights, styles: StyleTraining) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms; the reported likelihoods are those of the joint posterior."""
        encoding = codec.encode(batch)
        q = self.posterior(encoding, noise.at("posterior"))
        terms = _Posteriors.of(codec, encoding, q, self.styles, noise, progress)
        # sum_m KL(q(c | X) || q(c | x_m))
        pull = (gaussian_kl(terms.q, encoding.content) * encoding.present).sum(0)
        w, count = self.weights, encoding.present.sum(0) + 1
        fit = 0.5 * (terms.joint.weighted(w.likelihood) + terms.own.weighted(w.likelihood))
        loss = (fit + w.beta * (terms.kl + pull + terms.styles.weighted(w.style))) / count
        divergences = {"unimodal": pull, **named("kl", terms.kl, terms.styles)}
        return LossTerms(loss, terms.joint, divergences)
