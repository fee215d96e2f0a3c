"""The ELBO of a mixture, with a draw of every component."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Mixture
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

__all__ = ["MixtureElbo"]


class MixtureElbo(Objective):
    r"""The ELBO of a mixture :math:`q = \sum_t w_t q_t`, with a draw of each component.

    .. math:: L = \sum_t w_t \Bigl( \sum_m \mathbb E_{q_t(c)} \mathbb E_{q(s_m|x_m)}
        [\log p(x_m | s_m, c)] - KL(q_t \| p) \Bigr) - \sum_m KL(q(s_m|x_m) \| p(s_m))
        - \eta\, KL(w \| u)

    In contrast to a draw of one component, gradients also reach the weights :math:`w_t`: they are those of
    the Hoelder mean, or learned. With ``kl=mixture`` the divergences are replaced by an unbiased estimate
    of :math:`KL(q \| p) \le \sum_t w_t KL(q_t \| p)`. The last term, with the uniform distribution u over
    the components of a row, keeps learned weights from the choice of one component; L is a lower bound of
    log p(X) for every :math:`\eta \ge 0`.

    Each decoder runs once, over the draws of all components.

    Arguments:
        posterior: a mixture.
        weights: factors of the terms.
        styles: how styles are drawn in training.
        kl: whether the divergence is that of the components or of the mixture.
        entropy: eta, in nats for a nat.

    References:
        Antelmi, Ayache, Robert, Lorenzi (2019) for experts; Mancisidor, Jenssen, Yu, Kampffmeyer
        (2025) for learned weights.
    """

    def __init__(
        self,
        posterior: Inference,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        kl: Literal["components", "mixture"] = "components",
        entropy: float = 0.0,
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.styles = styles
        self.kl = kl
        self.entropy = entropy

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms of the bound, averaged over the components."""
        encoding = codec.encode(batch)
        q = self.posterior(encoding, noise.at("posterior"))
        if not isinstance(q, Mixture):
            raise MmcoreError(
                "the ELBO of a mixture needs a mixture as posterior; choose one such as posterior=mixture, or"
                " objective=elbo"
            )
        # c_t ~ q_t, (T, B, D)
        content = draw_components(q.components, noise)
        nll = self._likelihoods(codec, encoding, q, content, noise, progress)
        style_kl = style_divergences(codec, encoding, stacked(encoding.styles), noise)
        kl = self._divergence(codec, q, content)
        w = self.weights
        loss = nll.weighted(w.likelihood) + w.beta * (kl + style_kl.weighted(w.style))
        if self.entropy:
            loss = loss + self.entropy * _from_uniform(q.weights)
        return LossTerms(loss, nll, named("kl", kl, style_kl))

    def _divergence(self, codec: Codec, q: Mixture, content: Tensor) -> Tensor:
        if self.kl == "mixture":
            # KL(q || p) = sum_t w_t E_{q_t} [log q(c) - log p(c)]
            each = q.log_prob(content) - codec.prior.log_prob(content)
        else:
            # sum_t w_t KL(q_t || p)
            each = codec.prior.kl(q.components, content)
        return (q.weights * each).sum(0)

    def _likelihoods(
        self,
        codec: Codec,
        encoding: Encoding,
        q: Mixture,
        content: Tensor,
        noise: Noise,
        progress: float,
    ) -> NamedTerms:
        """Return - sum_t w_t log p(x_m | s_m, c_t) by modality, (B,) nats."""
        nll: Mapping[str, Tensor] = {
            name: -(
                q.weights * self._of(codec, encoding, name, q, content, noise.at(name), progress)
            ).sum(0)
            for name in encoding.values
        }
        return NamedTerms.of(nll)

    def _of(
        self,
        codec: Codec,
        encoding: Encoding,
        name: str,
        q: Mixture,
        content: Tensor,
        noise: Noise,
        progress: float,
    ) -> Tensor:
        """Return log p(x_m | s_m, c_t) of one modality, (T, B)."""
        place = codec.names.index(name)
        own = q.members[:, place].unsqueeze(1) & encoding.present[place]
        style = draw_several_styles(codec, encoding, name, own, self.styles, noise, progress)
        return log_likelihood_of_draws(codec, encoding, name, content, style)


def _from_uniform(weights: Tensor) -> Tensor:
    """Return KL(w || u), (B,) nats, of weights (T, B), 0 for absent components."""
    available = weights > 0
    kept = weights.masked_fill(~available, 1.0)
    return (weights * kept.log()).sum(0) + available.sum(0).log()
