"""The terms of a loss, and their factors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding
from mmcore.noise import Noise
from mmcore.objectives.draws import StyleStack

__all__ = [
    "NamedTerms",
    "TermWeights",
    "log_likelihood_of_draws",
    "named",
    "negative_log_likelihoods",
    "places",
    "style_divergences",
]


@dataclass(frozen=True, slots=True, eq=False)
class NamedTerms(Mapping[str, Tensor]):
    """Terms of one kind by name: a mapping whose values are the rows of one tensor.

    An operation on all terms takes the same number of kernels for any number of terms.

    Shapes:
        rows: (T, B). terms[name]: (B,).

    Arguments:
        names: T names, in the order of ``rows``.
        rows: the terms, in nats.

    Example:
        >>> import torch
        >>> terms = NamedTerms(("a", "b"), torch.tensor([[1.0], [10.0]]))
        >>> terms["b"].tolist(), terms.weighted({"a": 2.0, "b": 0.5}).tolist()
        ([10.0], [7.0])
    """

    names: tuple[str, ...]
    rows: Tensor

    @classmethod
    def of(cls, terms: Mapping[str, Tensor]) -> "NamedTerms":
        """Return ``terms``, at least one, as one tensor."""
        if isinstance(terms, cls):
            return terms
        return cls(tuple(terms), torch.stack([*terms.values()]))

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.names:
            raise KeyError(name)
        return self.rows[self.names.index(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def weighted(self, weights: Mapping[str, float]) -> Tensor:
        """Return the sum over names of ``weights[name] * terms[name]``, (B,)."""
        each = tuple(weights[name] for name in self.names)
        return (_column(each, self.rows.dtype, self.rows.device) * self.rows).sum(0)


@lru_cache(maxsize=64)
def _column(weights: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the weights as (T, 1); they are copied to the device once and not at every step."""
    with torch.inference_mode(False):
        return torch.tensor(weights, dtype=dtype, device=device).unsqueeze(-1)


@lru_cache(maxsize=256)
def places(numbers: tuple[int, ...], device: torch.device) -> Tensor:
    """Return indices, (N,); they are copied to the device once and not at every step."""
    with torch.inference_mode(False):
        return torch.tensor(numbers, dtype=torch.long, device=device)


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The factors of the terms of a loss.

    Arguments:
        beta: factor of every divergence.
        style: by modality, factor of the divergence of its style, multiplied with beta.
        likelihood: by modality, factor of its negative log-likelihood.
    """

    beta: float
    style: Mapping[str, float]
    likelihood: Mapping[str, float]

    @property
    def are_one(self) -> bool:
        """Whether all factors are 1, so that the weighted loss is still a bound."""
        return all(w == 1 for w in (self.beta, *self.style.values(), *self.likelihood.values()))


def negative_log_likelihoods(
    codec: Codec, encoding: Encoding, content: Tensor, styles: Mapping[str, Tensor]
) -> NamedTerms:
    r"""Return :math:`-\log p(x_m | c, s_m)` by modality, (B,) nats, 0 where absent."""
    names = tuple(name for name in codec.names if name in encoding.values)
    # All decoders first: small operations are slower directly after a large one, which fills the caches.
    gather, values = encoding.gather, encoding.values
    decoded = [codec.decode(n, gather(n, content), gather(n, styles[n])) for n in names]
    each = zip(names, decoded, strict=True)
    nll = -torch.stack([encoding.scatter(n, p.log_prob(gather(n, values[n]))) for n, p in each])
    if not encoding.complete:
        available = torch.stack([encoding.present[codec.names.index(name)] for name in names])
        nll = nll.masked_fill(~available, 0.0)
    return NamedTerms(names, nll)


def log_likelihood_of_draws(
    codec: Codec, encoding: Encoding, name: str, content: Tensor, style: Tensor
) -> Tensor:
    r"""Return :math:`\log p(x_m | c, s_m)` for S draws in one pass of the decoder, 0 where absent.

    Shapes:
        content: (S, B, D). style: (S, B, D_m). returns: (S, B), nats.
    """
    draws, x = content.shape[0], encoding.gather(name, encoding.values[name])
    content, style = (encoding.gather(name, drawn, 1).flatten(0, 1) for drawn in (content, style))
    likelihood = codec.decode(name, content, style)
    repeated = x.expand(draws, *x.shape).flatten(0, 1)
    log_prob = encoding.scatter(name, likelihood.log_prob(repeated).reshape(draws, -1), 1)
    absent = ~encoding.present[codec.names.index(name)]
    return log_prob.masked_fill(absent, 0.0)


def style_divergences(
    codec: Codec, encoding: Encoding, styles: Sequence[StyleStack], noise: Noise
) -> NamedTerms:
    r"""Return :math:`KL(q(s_m | x_m) \| p(s_m))` by modality, (B,) nats, 0 where absent.

    A modality without a subspace of its own is left out. ``noise`` is for a prior without closed form.
    """
    owned = [stack for stack in styles if stack.posterior.loc.shape[-1]]
    names = tuple(name for stack in owned for name in stack.names)
    if not owned:
        return NamedTerms(names, encoding.content.loc.new_zeros(0, encoding.rows))
    kl = torch.cat([_divergences(codec, stack, noise) for stack in owned])
    if not encoding.complete:
        available = torch.stack([encoding.present[codec.names.index(name)] for name in names])
        kl = kl.masked_fill(~available, 0.0)
    return NamedTerms(names, kl)


def _divergences(codec: Codec, stack: StyleStack, noise: Noise) -> Tensor:
    """Return the divergences of one stack, (K, B)."""
    priors = [codec.style_prior(name) for name in stack.names]
    if all(prior.stackable for prior in priors):
        return priors[0].gaussian_kl(stack.posterior)
    q, terms = stack.posterior, []
    for name, prior, loc, logvar in zip(stack.names, priors, q.loc, q.logvar, strict=True):
        own = Gaussian(loc, logvar)
        terms.append(prior.kl(own, own.rsample(noise.at(f"{name}/kl"))))
    return torch.stack(terms)


def named(name: str, divergence: Tensor, styles: NamedTerms) -> NamedTerms:
    """Return the divergences under the names that logs show."""
    names = (name, *(f"style/{style}" for style in styles.names))
    return NamedTerms(names, torch.cat([divergence.unsqueeze(0), styles.rows]))
