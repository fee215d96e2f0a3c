"""Importance-weighted bounds with a mixture of experts as proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.distributions import Gaussian, Mixture
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.terms import TermWeights, log_likelihood_of_draws

__all__ = ["ImportanceWeighted"]


@dataclass(frozen=True, slots=True)
class _Draws:
    """Draws of every expert; M experts times K draws are one leading dimension S.

    ``own[name]`` marks the draws, (S, 1), whose content was drawn from the expert of the modality.
    """

    content: Tensor
    log_ratio: Tensor
    own: Mapping[str, Tensor]


class ImportanceWeighted(Objective):
    r"""IWAE and DReG bounds, with K draws of each of M experts and the true mixture density.

    .. math:: L = \sum_m \pi_m \mathbb E_{c_k \sim q_m} \log \frac1K \sum_{k=1}^K w_k, \qquad
        w_k = \frac{p(c_k)}{\sum_n \pi_n q_n(c_k)} \prod_n p(x_n | s_n, c_k) \frac{p(s_n)}{q(s_n|x_n)}

    DReG is exact for one expert, and for the styles. For several experts it is, as published, not the
    gradient of L: the K draws of an expert share their weights, while the density in the denominator is that
    of the mixture. If the density ratio of a draw z_k has a weight :math:`\beta`, then, with
    :math:`\bar w_k = w_k / \sum_j w_j` and parameters of q that are fixed inside of w,

    .. math:: \nabla_\phi L = \mathbb E \sum_k \bar w_k (1 - \beta + \beta \bar w_k)
        \frac{\partial \log w_k}{\partial z_k} \frac{\partial z_k}{\partial \phi}

    because :math:`\mathbb E \sum_k \bar w_k \nabla_\phi \log q(z_k)` is
    :math:`\mathbb E \sum_k \bar w_k (1 - \bar w_k) \partial_z \log w_k \nabla_\phi z_k`.
    For :math:`\beta = 1` the variance falls with K; for other weights a part of the variance of IWAE
    remains, as ``docs/methods.md`` shows.

    Each decoder runs once per step, over the M K draws. With ``auxiliary``, a style whose content was
    drawn from another modality is drawn from :math:`r_n = N(0, \sigma_n^2)` with a learned variance
    instead of its own posterior, and has no density ratio (MMVAE+).

    Arguments:
        posterior: a mixture of experts.
        weights: factors of the terms.
        draws: K.
        estimator: of the gradient, ``iwae`` or ``dreg``.
        auxiliary: sizes of the styles that have an auxiliary prior, by name; None for no such priors.

    References:
        Shi, Siddharth, Paige, Torr (2019), Eq. 2 and Section 3.2; Tucker, Lawson, Gu, Maddison (2019),
        Eq. 8; Palumbo, Daunhawer, Vogt (2023), Eq. 6.
    """

    def __init__(
        self,
        posterior: Inference,
        weights: TermWeights,
        *,
        draws: int,
        estimator: Literal["iwae", "dreg"] = "iwae",
        auxiliary: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        self.posterior = posterior
        self.weights = weights
        self.draws = draws
        self.estimator = estimator
        self.auxiliary = nn.ParameterDict(
            {f"style:{name}": nn.Parameter(torch.zeros(d)) for name, d in (auxiliary or {}).items()}
        )

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms; the reported likelihoods are averages over the draws."""
        encoding = codec.encode(batch)
        mixture = self.posterior(encoding)
        if not isinstance(mixture, Mixture):
            raise MmcoreError(
                "the importance-weighted objective needs a mixture of experts as posterior; choose"
                " posterior=mixture"
            )
        drawn = self._draw(codec, mixture, noise.at("content"))
        # log w_k, with - log q(s_n | x_n) + log p(s_n) where a style has a posterior
        log_w, nll = self.weights.beta * drawn.log_ratio, {}
        paths = [(drawn.content, self.weights.beta)]
        for name in encoding.values:
            factor = self.weights.beta * self.weights.style[name]
            posterior, style, log_ratio = self._style(
                codec, encoding, name, drawn.own[name], noise.at(name)
            )
            paths.append((posterior, factor))
            log_p = log_likelihood_of_draws(codec, encoding, name, drawn.content, style)
            log_w = log_w + self.weights.likelihood[name] * log_p
            log_w = log_w + factor * log_ratio
            nll[name] = -self._average(log_p, mixture)
        loss = -self._bound(paths, log_w, mixture)
        return LossTerms(loss, nll, {"kl": -self._average(drawn.log_ratio, mixture)})

    def _draw(self, codec: Codec, mixture: Mixture, noise: Noise) -> _Draws:
        q, k = mixture.components, self.draws
        experts, _, dims = q.loc.shape
        eps = noise.normal("eps", experts, k, dims).permute(1, 2, 0, 3).to(q.loc.dtype)
        content = (q.loc.unsqueeze(1) + q.stddev.unsqueeze(1) * eps).flatten(0, 1)
        # log p(c) - log sum_n pi_n q_n(c)
        log_ratio = codec.prior.log_prob(content) - self._fixed(mixture).log_prob(content)
        source = torch.arange(experts, device=content.device).repeat_interleave(k).unsqueeze(1)
        own = {name: source == index for index, name in enumerate(codec.names)}
        return _Draws(content, log_ratio, own)

    def _fixed(self, mixture: Mixture) -> Mixture:
        """Return the mixture; for DReG, its parameters are detached."""
        components = self._fixed_gaussian(mixture.components)
        return Mixture(components, mixture.weights, mixture.members)

    def _fixed_gaussian(self, q: Gaussian) -> Gaussian:
        if self.estimator == "iwae":
            return q
        return Gaussian(q.loc.detach(), q.logvar.detach())

    def _style(
        self, codec: Codec, encoding: Encoding, name: str, own: Tensor, noise: Noise
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return draws of q(s_n | x_n), styles, both (S, B, D_m), and the ratio of densities, (S, B)."""
        q, (draws, rows) = encoding.styles[name], (len(own), len(encoding.present[0]))
        eps = noise.normal("eps", draws, q.loc.shape[-1]).transpose(0, 1).to(q.loc.dtype)
        style = q.loc + q.stddev * eps
        log_ratio = codec.style_prior(name).log_prob(style) - self._fixed_gaussian(q).log_prob(
            style
        )
        key = f"style:{name}"
        if key not in self.auxiliary:
            return style, style, log_ratio
        # w_n ~ r_n where the content came from another modality
        foreign = torch.exp(0.5 * self.auxiliary[key]) * eps
        own = own.expand(draws, rows)
        return style, torch.where(own.unsqueeze(-1), style, foreign), log_ratio * own

    def _bound(
        self, paths: Sequence[tuple[Tensor, float]], log_w: Tensor, mixture: Mixture
    ) -> Tensor:
        """Return the bound, (B,); ``paths`` are draws with the weights of their density ratios."""
        experts = len(mixture.weights)
        by_expert = log_w.unflatten(0, (experts, self.draws))
        if self.estimator == "dreg":
            # Doubly reparameterized: normalized weights once for the decoder, twice for the encoder.
            normalized = torch.softmax(by_expert.detach(), dim=1)
            for draw, beta in paths:
                if draw.requires_grad:
                    share = 1 - beta + beta * normalized.flatten(0, 1).unsqueeze(-1)
                    draw.register_hook(partial(torch.mul, share))
            surrogate = (normalized * by_expert).sum(1)
            value = torch.logsumexp(by_expert.detach(), dim=1) - _log(self.draws, log_w)
            each = surrogate - surrogate.detach() + value
        else:
            each = torch.logsumexp(by_expert, dim=1) - _log(self.draws, log_w)
        bound: Tensor = (mixture.weights * each).sum(0)
        return bound

    def _average(self, term: Tensor, mixture: Mixture) -> Tensor:
        by_expert = term.detach().unflatten(0, (len(mixture.weights), self.draws)).mean(1)
        average: Tensor = (mixture.weights * by_expert).sum(0)
        return average


def _log(count: int, like: Tensor) -> Tensor:
    # Filled on the device: a number that is copied there would be waited for.
    return torch.full((), float(count), device=like.device, dtype=like.dtype).log()
