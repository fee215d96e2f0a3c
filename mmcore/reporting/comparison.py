"""Several evaluations side by side."""

from collections.abc import Sequence

from mmcore.errors import MmcoreError
from mmcore.reporting.record import Column, EvaluationRecord, Table

__all__ = ["compared", "differences"]


def compared(records: Sequence[EvaluationRecord]) -> list[Table]:
    """Return a table for each column of each table, with a column for each run.

    What one run lacks is None there.

    Raises:
        MmcoreError: fewer than two runs, two of one name, or runs on different data.
    """
    _check(records)
    names = tuple(record.run for record in records)
    found = [_by_name(record) for record in records]
    order = dict.fromkeys(name for tables in found for name in tables)
    side_by_side = []
    for name in order:
        having = next(tables[name] for tables in found if name in tables)
        for column in having.columns:
            values = [_column(tables.get(name), column.name) for tables in found]
            rows = dict.fromkeys(row for one in values for row in one)
            side_by_side.append(
                Table(
                    name=name if len(having.columns) == 1 else f"{name}: {column.name}",
                    about=having.about,
                    row_label=having.row_label,
                    columns=tuple(Column(name=run, best=column.best) for run in names),
                    rows={row: tuple(one.get(row) for one in values) for row in rows},
                    along_rows=True,
                )
            )
    return side_by_side


def differences(records: Sequence[EvaluationRecord]) -> list[str]:
    """Return in which settings the evaluations differ, a sentence each."""
    told = []
    for name in type(records[0].settings).model_fields:
        values = [record.settings.model_dump()[name] for record in records]
        if any(value != values[0] for value in values):
            each = ", ".join(f"{r.run} {v}" for r, v in zip(records, values, strict=True))
            told.append(f"the runs were measured with different settings: {name} is {each}")
    return told


def _check(records: Sequence[EvaluationRecord]) -> None:
    if len(records) < 2:
        raise MmcoreError(f"{len(records)} run is named, expected at least two to compare")
    names = [record.run for record in records]
    for record in records:
        if names.count(record.run) > 1:
            raise MmcoreError(
                f"two runs are named '{record.run}'; rename the folder of one of them"
            )
        if (record.data, _shared(record, records)) != (
            records[0].data,
            _shared(records[0], records),
        ):
            raise MmcoreError(
                f"'{record.run}' was measured on other data ({record.data}) than '{names[0]}'"
                f" ({records[0].data}); compare runs on the same data"
            )


def _shared(record: EvaluationRecord, records: Sequence[EvaluationRecord]) -> dict[str, object]:
    everywhere = set.intersection(*(set(r.modalities) for r in records))
    return {name: items for name, items in record.data_items.items() if name in everywhere}


def _by_name(record: EvaluationRecord) -> dict[str, Table]:
    return {table.name: table for metric in record.metrics.values() for table in metric.tables}


def _column(table: Table | None, name: str) -> dict[str, float | None]:
    names = [] if table is None else [column.name for column in table.columns]
    if table is None or name not in names:
        return {}
    return {row: values[names.index(name)] for row, values in table.rows.items()}
