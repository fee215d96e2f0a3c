"""The checks of a kind, and how a case for them is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmcore.testing.check import Check
from mmcore.testing.component import Component

__all__ = ["Kit"]


@dataclass(frozen=True, slots=True)
class Kit:
    """What is checked of a kind.

    Arguments:
        kind: what is checked.
        case: from a factory to what the checks are called with.
        of_component: the same from a registered component.
        checks: in the order in which they run.
    """

    kind: str
    case: Callable[[Any], Any]
    of_component: Callable[[Component], Any]
    checks: tuple[Check, ...]
