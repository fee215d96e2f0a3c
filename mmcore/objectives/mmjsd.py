"""The multimodal Jensen-Shannon divergence."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mmcore.aggregators import MixtureOfExperts
from mmcore.batch import Batch
from mmcore.codec import Codec, Encoding
from mmcore.distributions import Gaussian, jensen_shannon
from mmcore.errors import MmcoreError
from mmcore.fusion import Fusion
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.styles import StyleTraining
from mmcore.objectives.terms import negative_log_likelihoods, style_divergences, weighted_sum

__all__ = ["MmJsd", "TermWeights"]


@dataclass(frozen=True, slots=True)
class TermWeights:
    """What the terms of a loss are multiplied with.

    Arguments:
        beta: every divergence.
        style: by modality, its style's divergence, on top of beta.
        likelihood: by modality, its negative log-likelihood.
    """

    beta: float
    style: Mapping[str, float]
    likelihood: Mapping[str, float]


class MmJsd(Objective):
    r"""The mmJSD objective for any number of modalities, any of them missing in any row.

    .. math:: \tilde L = \sum_m \mathbb E_{q(c|X)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - JS_\pi(\{q(c|x_m)\}_{m=1}^M, p(c))

    with the mixture of experts as q(c|X). One draw of the content serves every decoder, so that a
    step costs M encoder and M decoder passes; the draw is stratified over the experts.

    Arguments:
        posterior: weights of the mixture that is decoded, prior left out.
        dynamic_prior: an abstract mean of the experts and the prior whose result is Gaussian.
        weights: what the terms are multiplied with.
        styles: how styles are drawn in training.

    References:
        Sutter, Daunhawer, Vogt (2020), Eq. 10 with Definition 3.
    """

    def __init__(
        self, posterior: Fusion, dynamic_prior: Fusion, weights: TermWeights, styles: StyleTraining
    ) -> None:
        super().__init__()
        if not isinstance(posterior.aggregator, MixtureOfExperts):
            raise MmcoreError("mmjsd decodes a mixture of experts; choose 'mixture' as posterior")
        self.posterior = posterior
        self.dynamic_prior = dynamic_prior
        self.weights = weights
        self.styles = styles

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of Eq. 10."""
        encoding = codec.encode(batch)
        # c ~ q(c | X) = sum_m pi_m q(c | x_m), stratified over m
        source = self.posterior(encoding).choose(noise.at("content"))
        content = encoding.content.take(source).rsample(noise.at("content"))
        # s_m ~ q(s_m | x_m)
        styles = self._draw_styles(codec, encoding, source, noise, progress)
        # - E log p(x_m | s_m, c)
        nll = negative_log_likelihoods(codec, encoding, content, styles)
        # KL(q(s_m | x_m) || p(s_m))
        style_kl = style_divergences(encoding)
        # JS_pi({q(c | x_m)}, p(c)) = sum_k pi_k KL(q_k || p_f)
        js = self._jensen_shannon(encoding)
        w = self.weights
        loss = weighted_sum(nll, w.likelihood) + w.beta * (js + weighted_sum(style_kl, w.style))
        return LossTerms(loss, nll, {"js": js, **{f"style/{n}": kl for n, kl in style_kl.items()}})

    def _draw_styles(
        self, codec: Codec, encoding: Encoding, source: Tensor, noise: Noise, progress: float
    ) -> dict[str, Tensor]:
        return {
            name: self.styles.draw(
                style, source == codec.names.index(name), noise.at(name), progress
            )
            for name, style in encoding.styles.items()
        }

    def _jensen_shannon(self, encoding: Encoding) -> Tensor:
        experts = self.dynamic_prior.experts(encoding)
        mean = self.dynamic_prior.aggregator(experts)
        assert isinstance(mean, Gaussian), "the closed form needs a Gaussian dynamic prior"
        return jensen_shannon(experts.gaussians, experts.weights, mean)
