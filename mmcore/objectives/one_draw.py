"""The terms of a bound that has one draw of the content and of each style."""

from dataclasses import dataclass

from torch import Tensor

from mmcore.codec import Codec
from mmcore.distributions import LatentDistribution
from mmcore.encoding import Encoding
from mmcore.noise import Noise
from mmcore.objectives.draws import StyleTraining, draw_content, draw_styles, stacked
from mmcore.objectives.terms import NamedTerms, negative_log_likelihoods, style_divergences

__all__ = ["OneDraw"]


@dataclass(frozen=True, slots=True)
class OneDraw:
    r"""The terms of one draw c ~ q(c | x_K) and s_m ~ q(s_m | x_m) for each row, in nats.

    Shapes:
        nll, styles: (B,) by modality, 0 where absent. kl: (B,).

    Arguments:
        nll: :math:`-\log p(x_m | s_m, c)`.
        styles: :math:`KL(q(s_m|x_m) \| p(s_m))`.
        kl: :math:`KL(q(c|x_K) \| p(c))`, or its bound for a mixture, :math:`\sum_k w_k KL(q_k \| p)`.
    """

    nll: NamedTerms
    styles: NamedTerms
    kl: Tensor

    @classmethod
    def of(
        cls,
        codec: Codec,
        encoding: Encoding,
        q: LatentDistribution,
        given: Encoding,
        training: StyleTraining,
        noise: Noise,
        progress: float,
    ) -> "OneDraw":
        """Return the terms of all modalities of a row.

        Arguments:
            codec: decoders and priors.
            encoding: the rows.
            q: posterior of the content, q(c | x_K).
            given: the same rows with the modalities of K.
            training: how styles are drawn.
            noise: randomness.
            progress: completed share of the training.
        """
        # c ~ q(c | x_K)
        drawn = draw_content(q, given, noise.at("content"))
        # s_m ~ q(s_m | x_m)
        q_styles = stacked(encoding.styles)
        drawn_styles = draw_styles(codec, q_styles, drawn.own, training, noise, progress)
        # - log p(x_m | s_m, c)
        nll = negative_log_likelihoods(codec, encoding, drawn.content, drawn_styles)
        # KL(q(s_m | x_m) || p(s_m))
        style_kl = style_divergences(codec, encoding, q_styles, noise)
        # KL(q(c | x_K) || p(c)), or its bound sum_k w_k KL(q_k || p)
        return cls(nll, style_kl, codec.prior.kl(q, drawn.content))
