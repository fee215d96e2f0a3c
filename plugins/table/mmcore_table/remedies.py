"""Remedies in messages on columns that are neither numbers nor categories."""

from collections.abc import Iterable

from mmcore import MmcoreError
from mmcore.data.tables import Records
from mmcore_table.cells import shown

__all__ = ["FORMS", "TIMES", "broken", "remedy", "wrong"]

TIMES = ("date", "duration")
FORMS = ("percent", "censored", "unit")


def wrong(
    name: str, records: Records, texts: Iterable[str], what: str, form: str | None = None
) -> MmcoreError:
    """Return an error on a column with two of its texts."""
    some = " and ".join(f"'{shown(text)}'" for text in list(texts)[:2])
    return MmcoreError(
        f"column '{name}' of '{records.source}' {what}, such as {some}; {remedy(name, form)}"
    )


def remedy(name: str, form: str | None, words: bool = False) -> str:
    """Return the remedies for a column, whose cells may be words."""
    leave = f"leave it out with columns: ['*', '!{name}']"
    if form == "layout":
        return f"correct the cells, write their layout, such as parse: {{{name}: '%d.%m.%Y'}}, or {leave}"
    if form not in (None, *TIMES, *FORMS):
        return leave
    if form in TIMES:
        other = f"types: {{{name}: categorical}} for words, " if words else ""
        return f"write types: {{{name}: {form}}} to read days, {other}or {leave}"
    if form is not None:
        return f"write parse: {{{name}: {form}}} to read numbers, or {leave}"
    return f"correct the cells, write types: {{{name}: categorical}}, or {leave}"


def broken(name: str, kind: str, right: str, stray: str) -> str:
    """Return a clause on a column of times with a cell that is none."""
    return (
        f"'{name}' has {kind}s such as '{shown(right)}', and '{shown(stray)}', which is no {kind} of this"
        " layout from 1678 to 2261: correct the cell, add its value to 'missing', write types:"
        f" {{{name}: categorical}}, or leave it out with columns: ['*', '!{name}']"
    )
