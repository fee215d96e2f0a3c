"""Remarks on how records were read; those with counts are added up over the splits."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Counted", "summed"]


@dataclass(frozen=True, slots=True)
class Counted:
    """A remark on some of the records. It is shown once, with the sum of the counts of all splits.

    Arguments:
        count: number of records to which the remark applies; a remark that applies to none is left out.
        total: number of records.
        text: follows the counts, such as "files have a window of width 0".
    """

    count: int
    total: int
    text: str

    def __str__(self) -> str:
        return f"{self.count} of {self.total} {self.text}"


def summed(remarks: Iterable[str | Counted]) -> list[str]:
    """Return every remark once, in the order of their first occurrences.

    Example:
        >>> from mmcore.data.tables.remarks import Counted, summed
        >>> summed([Counted(3, 40, "files are turned"), "a", Counted(1, 10, "files are turned"), "a"])
        ['4 of 50 files are turned', 'a']
    """
    totals: dict[str, str | Counted] = {}
    for remark in remarks:
        text = remark if isinstance(remark, str) else remark.text
        known = totals.get(text)
        if isinstance(remark, Counted) and isinstance(known, Counted):
            remark = Counted(known.count + remark.count, known.total + remark.total, text)
        totals[text] = remark
    return [str(r) for r in totals.values() if isinstance(r, str) or r.count]
