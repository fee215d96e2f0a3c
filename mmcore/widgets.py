"""Widgets: the display and input of values that their form alone does not describe completely.

Pictures, texts, rows of cells and numbers need no widget. A widget is plain data without code of a page.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Choices", "Signal", "Widget"]


@dataclass(frozen=True, slots=True)
class Choices:
    """A text that lists some of the known names, which are ticked.

    Arguments:
        names: in the order of the text.
        separator: the characters between two names.
    """

    names: tuple[str, ...]
    separator: str = ", "
    kind: Literal["choices"] = "choices"


@dataclass(frozen=True, slots=True)
class Signal:
    """Samples of several leads, (L, T), which are uploaded as a table and drawn as lines.

    Arguments:
        leads: names of the L leads.
        units: of the leads; empty if it is not known.
        rate: samples per second.
    """

    leads: tuple[str, ...]
    units: tuple[str, ...]
    rate: float
    kind: Literal["signal"] = "signal"


Widget = Choices | Signal
