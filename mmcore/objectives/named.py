"""Terms of a loss by name, stored in one tensor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["NamedTerms"]


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
