"""Distributions over texts of tokens."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.nn.functional import cross_entropy

from mmcore_transformers.decoder import TokenDecoder

__all__ = ["TokenSequence", "Unigram", "scored"]


def scored(tokens: Tensor, end: int) -> Tensor:
    """Return a mask of the scored tokens, (B, L) bool: up to and including the first end."""
    ends = (tokens == end).long()
    return ends.cumsum(-1) - ends == 0


class TokenSequence(Distribution):
    r"""An autoregressive distribution over texts, given a code for each row.

    .. math:: \log p(x | z) = \sum_{t \le T} \log p(x_t | x_{<t}, z)

    T is the position of the first end token, or L for a text without one. The end is scored; positions
    after it are not. The probabilities of all texts of at most L tokens sum to 1.

    Shapes:
        codes: (B, P, F), the prefix of z. values: (B, L), int64.

    Arguments:
        decoder: returns the logits of the next token.
        codes: the code of each row.
        length: maximal number of tokens L.
        end: the token that ends a text.
        pad: the token after the end.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.dependent  # the support of a position depends on the previous tokens

    def __init__(
        self, decoder: TokenDecoder, codes: Tensor, *, length: int, end: int, pad: int
    ) -> None:
        self._decoder, self._codes = decoder, codes
        self._end, self._pad = end, pad
        super().__init__(codes.shape[:1], torch.Size((length,)), validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability, (B,) nats, computed with teacher forcing."""
        logits = self._decoder(self._codes, value[:, :-1])
        logits = logits if logits.dtype.itemsize > 2 else logits.float()
        each = cross_entropy(logits.flatten(0, 1), value.flatten(), reduction="none")
        return -each.view_as(value).masked_fill(~scored(value, self._end), 0.0).sum(-1)

    @property
    def mode(self) -> Tensor:
        """The text of greedy decoding, (B, L).

        The most likely text can be another one; finding it needs a search.
        """
        return self._written(self._codes, lambda logits: logits.argmax(-1))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return samples of texts, (*sample_shape, B, L)."""
        shape = torch.Size(sample_shape)
        codes = self._codes.repeat(shape.numel(), 1, 1)
        drawn = self._written(codes, lambda logits: torch.multinomial(logits.softmax(-1), 1)[:, 0])
        return drawn.reshape(*shape, *self.batch_shape, *self.event_shape)

    @torch.no_grad()
    def _written(self, codes: Tensor, choose: Callable[[Tensor], Tensor]) -> Tensor:
        logits, past = self._decoder.begin(codes)
        tokens: list[Tensor] = []
        over = torch.zeros(codes.shape[0], dtype=torch.bool, device=codes.device)
        while True:
            tokens.append(choose(logits.float()).masked_fill(over, self._pad))
            if len(tokens) == self.event_shape[0]:
                return torch.stack(tokens, dim=1)
            over = over | (tokens[-1] == self._end)
            logits, past = self._decoder.proceed(tokens[-1], past)


class Unigram(Distribution):
    r"""Independent tokens with fixed probabilities (a unigram model), :math:`\sum_{t \le T} \log p(x_t)`.

    Shapes:
        shares: (V,). values: (B, L), int64.

    Arguments:
        shares: probability of each token, including the end.
        length: maximal number of tokens L.
        end: the token that ends a text.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.nonnegative_integer

    def __init__(self, shares: Tensor, *, length: int, end: int) -> None:
        self._logs, self._end = shares.log(), end
        super().__init__(torch.Size(), torch.Size((length,)), validate_args=False)

    @classmethod
    def fitted(cls, tokens: Tensor, size: int, end: int) -> "Unigram":
        """Return the frequencies of ``size`` tokens in (N, L) texts, with add-one smoothing."""
        counted = torch.bincount(tokens[scored(tokens, end)].long(), minlength=size) + 1
        return cls(counted.double() / counted.sum(), length=tokens.shape[1], end=end)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability, (B,) nats."""
        return (
            self._logs.to(value.device)[value].masked_fill(~scored(value, self._end), 0.0).sum(-1)
        )
