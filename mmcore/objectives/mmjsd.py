"""The multimodal Jensen-Shannon divergence."""

from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import jensen_shannon, jensen_shannon_bound
from mmcore.encoding import Encoding, Inference
from mmcore.fusion import Fusion
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import StyleTraining, draw_content, draw_styles, stacked
from mmcore.objectives.terms import TermWeights, named, negative_log_likelihoods, style_divergences

__all__ = ["MmJsd"]


class MmJsd(Objective):
    r"""The mmJSD objective for any number of modalities, any of them missing in any row.

    .. math:: \tilde L = \sum_m \mathbb E_{q(c|X)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - JS_\pi(\{q(c|x_m)\}_{m=1}^M, p(c))

    with the mixture of experts as q(c|X). All decoders use one draw of the content, so that a step takes
    M encoder and M decoder passes; the draw is stratified over the experts.

    Arguments:
        posterior: q(c|X), whose draws are decoded.
        dynamic_prior: an abstract mean of the experts and the prior.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        bound: use the convexity bound in place of an estimate; the dynamic prior must be a mixture.

    References:
        Sutter, Daunhawer, Vogt (2020), Eq. 10 with Definitions 2 and 3.
    """

    def __init__(
        self,
        posterior: Inference,
        dynamic_prior: Fusion,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        bound: bool = False,
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.dynamic_prior = dynamic_prior
        self.weights = weights
        self.styles = styles
        self.bound = bound

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of Eq. 10."""
        encoding = codec.encode(batch)
        # c ~ q(c | X) = sum_m pi_m q(c | x_m)
        drawn = draw_content(self.posterior(encoding), encoding, noise.at("content"))
        # s_m ~ q(s_m | x_m)
        q_styles = stacked(encoding.styles)
        styles = draw_styles(codec, q_styles, drawn.own, self.styles, noise, progress)
        # KL(q(s_m | x_m) || p(s_m))
        style_kl = style_divergences(codec, encoding, q_styles, noise)
        # JS_pi({q(c | x_m)}, p(c))
        js = self.jensen_shannon(encoding, noise.at("js"))
        # - log p(x_m | s_m, c)
        nll = negative_log_likelihoods(codec, encoding, drawn.content, styles)
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (js + style_kl.weighted(w.style))
        return LossTerms(loss, nll, named("js", js, style_kl))

    def jensen_shannon(self, encoding: Encoding, noise: Noise) -> Tensor:
        r"""Return :math:`\sum_{k=0}^M \pi_k KL(q_k \| p_f)`, the prior being expert 0, (B,) nats."""
        experts = self.dynamic_prior.experts(encoding, noise)
        if self.bound:
            return jensen_shannon_bound(experts.gaussians, experts.weights)
        mean = self.dynamic_prior.aggregator(experts)
        return jensen_shannon(experts.gaussians, experts.weights, mean, noise)
