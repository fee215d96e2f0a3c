"""The total-correlation bound."""

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining
from mmcore.objectives.one_draw import OneDraw
from mmcore.objectives.terms import TermWeights, named

__all__ = ["TotalCorrelation"]


class TotalCorrelation(Objective):
    r"""The total-correlation bound of MVTCAE, with conditional information bottlenecks.

    .. math:: L = \frac{M - \alpha}{M} \sum_m \mathbb E_{q(c|X)} [\log p(x_m | c)]
        - (1 - \alpha) KL(q(c|X) \| p(c)) - \frac{\alpha}{M} \sum_m KL(q(c|X) \| q(c|x_m))

    The last terms pull each expert towards the joint posterior. M is the number of modalities of a row.

    Arguments:
        posterior: a product of experts.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        alpha: from 0, the ELBO, to 1.

    References:
        Hwang, Kim, Hong, Kim (2021), Eq. 8.
    """

    def __init__(
        self, posterior: Inference, weights: TermWeights, styles: StyleTraining, *, alpha: float
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles
        self.alpha = alpha

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the bound."""
        encoding = codec.encode(batch)
        # q(c | X)
        q = self.posterior(encoding)
        if not isinstance(q, Gaussian):
            raise MmcoreError("the total-correlation bound needs a Gaussian posterior")
        # c ~ q(c | X), s_m ~ q(s_m | x_m)
        draw = OneDraw.of(codec, encoding, q, encoding, self.styles, noise, progress)
        count = encoding.present.sum(0)
        # 1/M sum_m KL(q(c | X) || q(c | x_m))
        vib = (gaussian_kl(q, encoding.content) * encoding.present).sum(0) / count
        w, alpha = self.weights, self.alpha
        # (M - alpha)/M sum_m - log p(x_m | c)
        fit = (count - alpha) / count * draw.nll.weighted(w.likelihood)
        # (1 - alpha) KL(q(c | X) || p(c)) + alpha/M sum_m KL(q(c | X) || q(c | x_m))
        penalty = (1 - alpha) * draw.kl + alpha * vib + draw.styles.weighted(w.style)
        loss = fit + w.beta * penalty
        return LossTerms(loss, draw.nll, {"vib": vib, **named("kl", draw.kl, draw.styles)})
