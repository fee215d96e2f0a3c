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
    """Return which tokens count, (B, L) bool: all up to the first end, the end included."""
    ends = (tokens == end).long()
    return ends.cumsum(-1) - ends == 0


class TokenSequence(Distribution):
    r"""Texts that a decoder writes from left to right, given a code of each row.

    .. math:: \log p(x | z) = \sum_{t \le T} \log p(x_t | x_{<t}, z)

    T is the place of the first end, which is scored, or the last place of a text without one; what
    stands after it is not scored. All texts of at most L tokens together have probability 1.

    Shapes:
        codes: (B, P, F), the prefix that stands for z. values: (B, L), int64.

    Arguments:
        decoder: gives the logits of the next token.
        codes: of each row.
        length: L.
        end: the token that ends a text.
        pad: the token that is written after the end.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.dependent  # what may follow depends on whether the text has ended

    def __init__(
        self, decoder: TokenDecoder, codes: Tensor, *, length: int, end: int, pad: int
    ) -> None:
        self._decoder, self._codes = decoder, codes
        self._end, self._pad = end, pad
        super().__init__(codes.shape[:1], torch.Size((length,)), validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability, (B,) nats, with the true tokens before each (teacher forcing)."""
        logits = self._decoder(self._codes, value[:, :-1])
        logits = logits if logits.dtype.itemsize > 2 else logits.float()
        each = cross_entropy(logits.flatten(0, 1), value.flatten(), reduction="none")
        return -each.view_as(value).masked_fill(~scored(value, self._end), 0.0).sum(-1)

    @property
    def mode(self) -> Tensor:
        """The most likely token at each place, given those before it: greedy, (B, L).

        The most likely text as a whole may be another one; to find it would take a search.
        """
        return self._written(self._codes, lambda logits: logits.argmax(-1))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return texts of shape (*sample_shape, B, L), each token drawn given those before it."""
        shape = torch.Size(sample_shape)
        codes = self._codes.repeat(shape.numel(), 1, 1)
        drawn = self._written(codes, lambda logits: torch.multinomial(logits.softmax(-1), 1)[:, 0])
        return drawn.reshape(*shape, *self.batch_shape, *self.event_shape)

    @torch.no_grad()
    def _written(self, codes: Tensor, choose: Callable[[Tensor], Tensor]) -> Tensor:
        logits, past = self._decoder.begin(codes)
        tokens: list[Tensor] = []
        over = torch.zeros(len(codes), dtype=torch.bool, device=codes.device)
        while True:
            tokens.append(choose(logits.float()).masked_fill(over, self._pad))
            if len(tokens) == self.event_shape[0]:
                return torch.stack(tokens, dim=1)
            over = over | (tokens[-1] == self._end)
            logits, past = self._decoder.proceed(tokens[-1], past)


class Unigram(Distribution):
    r"""Texts whose tokens are independent draws with fixed shares: :math:`\sum_{t \le T} \log p(x_t)`.

    Shapes:
        shares: (V,). values: (B, L), int64.

    Arguments:
        shares: probability of each token, the end among them.
        length: L.
        end: the token that ends a text.
    """

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - torch's own convention
    support = constraints.nonnegative_integer

    def __init__(self, shares: Tensor, *, length: int, end: int) -> None:
        self._logs, self._end = shares.log(), end
        super().__init__(torch.Size(), torch.Size((length,)), validate_args=False)

    @classmethod
    def fitted(cls, tokens: Tensor, size: int, end: int) -> "Unigram":
        """Return the shares of the tokens in (N, L) texts, with one more of each of ``size`` tokens."""
        counted = torch.bincount(tokens[scored(tokens, end)].long(), minlength=size) + 1
        return cls(counted.double() / counted.sum(), length=tokens.shape[1], end=end)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log probability, (B,) nats."""
        return (
            self._logs.to(value.device)[value].masked_fill(~scored(value, self._end), 0.0).sum(-1)
        )
