"""The objective of JMVAE."""

from mmcore import Batch, Noise
from mmcore.codec import Codec
from mmcore.distributions import gaussian_kl
from mmcore.objectives import LossTerms, Objective, StyleTraining, TermWeights
from mmcore.objectives.draws import draw_content, draw_styles, stacked
from mmcore.objectives.terms import named, negative_log_likelihoods, style_divergences

from mmcore_jmvae.encoder import JointEncoder


class JointElbo(Objective):
    r"""The ELBO of a joint encoder, and the divergences of the unimodal encoders from it.

    .. math:: L = \sum_m \mathbb E_{q(c|X)} [\log p(x_m | c)] - \beta KL(q(c|X) \| p(c))
        - \alpha \sum_m KL(q(c|X) \| q(c|x_m))

    The last term trains each unimodal encoder to predict the posterior of the joint encoder. It is
    0 for a row that lacks a modality, whose posterior is the product of its experts.

    Arguments:
        posterior: the joint encoder.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        alpha: factor of the divergences of the unimodal encoders.

    References:
        Suzuki, Nakayama, Matsuo (2016), Eq. 5.
    """

    def __init__(
        self,
        posterior: JointEncoder,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        alpha: float,
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles
        self.alpha = alpha

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the loss."""
        encoding = codec.encode(batch)
        # c ~ q(c | X)
        q = self.posterior(encoding, noise.at("posterior"))
        drawn = draw_content(q, encoding, noise.at("content"))
        # s_m ~ q(s_m | x_m)
        q_styles = stacked(encoding.styles)
        styles = draw_styles(codec, q_styles, drawn.own, self.styles, noise, progress)
        nll = negative_log_likelihoods(codec, encoding, drawn.content, styles)
        style_kl = style_divergences(codec, encoding, q_styles, noise)
        kl = codec.prior.kl(q, drawn.content)
        # sum_m KL(q(c | X) || q(c | x_m))
        unimodal = gaussian_kl(q, encoding.content).sum(0) * encoding.present.all(0)
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (kl + style_kl.weighted(w.style))
        loss = loss + self.alpha * unimodal
        return LossTerms(loss, nll, {"unimodal": unimodal, **named("kl", kl, style_kl)})
