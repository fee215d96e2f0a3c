"""The evidence lower bound."""

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.encoding import Inference
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.one_draw import OneDraw
from mmcore.objectives.terms import TermWeights, named

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
        # q(c | X)
        q = self.posterior(encoding, noise.at("posterior"))
        # c ~ q(c | X), s_m ~ q(s_m | x_m)
        draw = OneDraw.of(codec, encoding, q, encoding, self.styles, noise, progress)
        # - sum_m log p(x_m | s_m, c) + KL(q(c | X) || p(c)) + sum_m KL(q(s_m | x_m) || p(s_m))
        w = self.weights
        loss = draw.nll.weighted(w.likelihood) + w.beta * (draw.kl + draw.styles.weighted(w.style))
        return LossTerms(loss, draw.nll, named("kl", draw.kl, draw.styles))
