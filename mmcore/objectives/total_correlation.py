"""The total-correlation bound."""

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Gaussian, gaussian_kl
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining, draw_content, draw_styles, stacked
from mmcore.objectives.terms import TermWeights, named, negative_log_likelihoods, style_divergences

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
        q = self.posterior(encoding)
        if not isinstance(q, Gaussian):
            raise MmcoreError("the total-correlation bound needs a Gaussian posterior")
        drawn = draw_content(q, encoding, noise.at("content"))
        q_styles = stacked(encoding.styles)
        styles = draw_styles(codec, q_styles, drawn.own, self.styles, noise, progress)
        nll = negative_log_likelihoods(codec, encoding, drawn.content, styles)
        style_kl = style_divergences(codec, encoding, q_styles, noise)
        count = encoding.present.sum(0)
        # KL(q(c | X) || p(c))
        kl = codec.prior.kl(q, drawn.content)
        # 1/M sum_m KL(q(c | X) || q(c | x_m))
        vib = (gaussian_kl(q, encoding.content) * encoding.present).sum(0) / count
        w, alpha = self.weights, self.alpha
        fit = (count - alpha) / count * nll.weighted(w.likelihood)
        penalty = (1 - alpha) * kl + alpha * vib + style_kl.weighted(w.style)
        loss = fit + w.beta * penalty
        return LossTerms(loss, nll, {"vib": vib, **named("kl", kl, style_kl)})
