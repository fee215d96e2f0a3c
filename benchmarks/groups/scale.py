"""How much is measured."""

from dataclasses import dataclass

__all__ = ["ROWS", "Scale"]

ROWS = 256
"""Batch size of the paper."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The length of the turns.

    Arguments:
        quick: short turns, for a test of the command.
        folder: folder of real data; empty for the sample of mmcore.
    """

    quick: bool = False
    folder: str = ""

    def steps(self, usual: int) -> int:
        """Return the number of steps of a turn."""
        return max(usual // 4, 1) if self.quick else usual
