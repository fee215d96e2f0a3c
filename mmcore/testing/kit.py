"""The checks of a kind, and the functions that make a case for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmcore.testing.check import Check
from mmcore.testing.component import Component

__all__ = ["Kit"]


@dataclass(frozen=True, slots=True)
class Kit:
    """The checks of a kind of component.

    Arguments:
        kind: kind of the component.
        case: from a factory to the argument of the checks.
        of_component: the same from a registered component.
        checks: in the order in which they run.
    """

    kind: str
    case: Callable[[Any], Any]
    of_component: Callable[[Component], Any]
    checks: tuple[Check, ...]
