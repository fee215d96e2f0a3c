"""The ELBO of a joint encoder, and unimodal encoders that match it."""

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

__all__ = ["JointElbo"]


class JointElbo(Objective):
    r"""The ELBO of a joint posterior, and the divergences of the unimodal posteriors from it.

    .. math:: L = \sum_m \mathbb E_{q(c|X)} \mathbb E_{q(s_m|x_m)} [\log p(x_m | s_m, c)]
        - \sum_m KL(q(s_m|x_m) \| p(s_m)) - KL(q(c|X) \| p(c)) - \alpha \sum_m KL(q(c|X) \| q(c|x_m))

    The last sum trains each unimodal encoder to predict the joint posterior. It is 0 for a row that lacks
    a modality, whose posterior is not that of the joint encoder.

    Arguments:
        posterior: a Gaussian posterior, such as that of a joint encoder.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        alpha: factor of the last sum.

    References:
        Suzuki, Nakayama, Matsuo (2016), Eq. 5.
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
        """Return the terms of the objective."""
        encoding = codec.encode(batch)
        # q(c | X)
        q = self.posterior(encoding, noise.at("posterior"))
        if not isinstance(q, Gaussian):
            raise MmcoreError(
                "the objective joint-elbo needs a Gaussian posterior; choose posterior=joint or product"
            )
        # c ~ q(c | X), s_m ~ q(s_m | x_m)
        draw = OneDraw.of(codec, encoding, q, encoding, self.styles, noise, progress)
        # sum_m KL(q(c | X) || q(c | x_m))
        unimodal = gaussian_kl(q, encoding.content).sum(0) * encoding.present.all(0)
        w = self.weights
        loss = draw.nll.weighted(w.likelihood) + w.beta * (draw.kl + draw.styles.weighted(w.style))
        loss = loss + self.alpha * unimodal
        return LossTerms(
            loss, draw.nll, {"unimodal": unimodal, **named("kl", draw.kl, draw.styles)}
        )
