"""One check of the conformance kit: a promise, and the function that tests a component for it."""

import random
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

__all__ = ["KIT_VERSION", "Check", "NonConformance", "NotApplicable", "Unchecked", "require"]

KIT_VERSION = 3
"""Version of the kit; it grows when a check is added or becomes stricter."""


class NonConformance(AssertionError):
    """A component breaks a promise; the text names it, with the evidence."""


class NotApplicable(unittest.SkipTest):
    """The promise of a check has no meaning for a component; pytest counts it as skipped."""


class Unchecked(NotApplicable):
    """The promise applies to a component, but this kit cannot test it; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Check:
    """A promise and the function that tests it.

    Arguments:
        name: lower case words with hyphens, by which expected failures are declared.
        promise: what a component that passes has promised, in one sentence.
        function: called with a case of its kind; it raises where the promise is broken.
        slow: whether it takes more than a second of CPU time; ``mmcore plugins check`` runs it with
            ``--slow`` only.

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
    slow: bool = False

    @classmethod
    def of(cls, function: Callable[[Any], None], *, slow: bool = False) -> "Check":
        """Return the check of a function, whose name and docstring become name and promise."""
        promise = " ".join((function.__doc__ or "").split())
        return cls(function.__name__.replace("_", "-"), promise, function, slow)

    def on(self, part: Callable[[Any], Any]) -> "Check":
        """Return the same check, of a part of the case."""
        return Check(self.name, self.promise, lambda case: self.function(part(case)), self.slow)

    def __call__(self, case: Any) -> None:
        """Test a case for the promise, and leave torch's global state as it was.

        Raises:
            NotApplicable: the promise has no meaning for the case, or cannot be tested.
            Exception: the promise is broken.
        """
        with _guarded():
            self.function(case)


def require(condition: bool | torch.Tensor, message: str) -> None:
    """Raise `NonConformance` with ``message`` unless ``condition`` is true."""
    if not condition:
        raise NonConformance(message)


@contextmanager
def _guarded() -> Iterator[None]:
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            torch.default_generator.manual_seed(0)
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
