"""One check of the conformance kit: a promise, and the function that holds a component to it."""

import random
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

__all__ = ["KIT_VERSION", "Check", "NonConformance", "NotApplicable", "require"]

KIT_VERSION = 1
"""Version of the kit; it grows when a check is added or asks for more."""


class NonConformance(AssertionError):
    """A component does not keep a promise; the text says which and how it was seen."""


class NotApplicable(unittest.SkipTest):
    """A check has nothing to say of a component; the text is the reason. pytest takes it as a skip."""


@dataclass(frozen=True, slots=True)
class Check:
    """A promise and the function that tests it.

    Arguments:
        name: lower case words with hyphens, by which expected failures are declared.
        promise: what a component that passes has promised, in one sentence.
        function: called with a case of its kind; it raises where the promise is broken.

    Example:
        >>> def is_even(case: int) -> None:
        ...     '''The number is even.'''
        ...     require(case % 2 == 0, f"{case} is odd")
        >>> Check.of(is_even).name
        'is-even'
    """

    name: str
    promise: str
    function: Callable[[Any], None]

    @classmethod
    def of(cls, function: Callable[[Any], None]) -> "Check":
        """Return the check of a function, whose name and docstring say what it promises."""
        promise = " ".join((function.__doc__ or "").split())
        return cls(function.__name__.replace("_", "-"), promise, function)

    def on(self, part: Callable[[Any], Any]) -> "Check":
        """Return the same check, of a part of the case."""
        return Check(self.name, self.promise, lambda case: self.function(part(case)))

    def __call__(self, case: Any) -> None:
        """Hold a case to the promise, and leave torch's global state as it was.

        Raises:
            NotApplicable: there is nothing to check.
            Exception: the promise is broken.
        """
        with _guarded():
            self.function(case)


def require(kept: bool | torch.Tensor, told: str) -> None:
    """Raise `NonConformance` with the sentence ``told`` unless ``kept``."""
    if not kept:
        raise NonConformance(told)


@contextmanager
def _guarded() -> Iterator[None]:
    kind, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(kind)
