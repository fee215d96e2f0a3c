"""The evidence lower bound."""

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.encoding import Inference
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining, draw_content, draw_styles, stacked
from mmcore.objectives.terms import TermWeights, named, negative_log_likelihoods, style_divergences

__all__ = ["Elbo"]


class Elbo(Objective):
    r"""The ELBO of one joint posterior, with a single draw.

    .. math:: L = \sum_m \mathbb E_{q(c|X)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - KL(q(c|X) \| p(c))

    For a mixture the last term is replaced by its convex bound. With experts as components this is the
    MMVAE of the mmJSD paper, with products of subsets as components it is MoPoE.

    Arguments:
        posterior: q(c | X).
        weights: factors of the terms.
        styles: how styles are drawn in training.

    References:
        Sutter, Daunhawer, Vogt (2020), Eq. 6; Sutter, Daunhawer, Vogt (2021), Eq. 6.
    """

    def __init__(self, posterior: Inference, weights: TermWeights, styles: StyleTraining) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the bound."""
        encoding = codec.encode(batch)
        # c ~ q(c | X)
        q = self.posterior(encoding, noise.at("posterior"))
        drawn = draw_content(q, encoding, noise.at("content"))
        # s_m ~ q(s_m | x_m)
        q_styles = stacked(encoding.styles)
        styles = draw_styles(codec, q_styles, drawn.own, self.styles, noise, progress)
        # - log p(x_m | s_m, c)
        nll = negative_log_likelihoods(codec, encoding, drawn.content, styles)
        # KL(q(s_m | x_m) || p(s_m))
        style_kl = style_divergences(codec, encoding, q_styles, noise)
        # KL(q(c | X) || p(c)), or its bound sum_k w_k KL(q_k || p)
        kl = codec.prior.kl(q, drawn.content)
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (kl + style_kl.weighted(w.style))
        return LossTerms(loss, nll, named("kl", kl, style_kl))
