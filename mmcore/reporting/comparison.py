"""Tables that compare the evaluations of several runs."""

from collections.abc import Sequence

from mmcore.errors import MmcoreError
from mmcore.reporting.record import Column, EvaluationRecord, Table

__all__ = ["compared", "differences"]


def compared(records: Sequence[EvaluationRecord]) -> list[Table]:
    """Return a table for each column of each table of the evaluations, with a column for each run.

    A value that a run does not have is None.

    Raises:
        MmcoreError: there are fewer than two runs, two runs have the same name, or the data differs.
    """
    _check(records)
    names = tuple(record.run for record in records)
    tables_by_run = [_by_name(record) for record in records]
    order = dict.fromkeys(name for tables in tables_by_run for name in tables)
    comparisons = []
    for name in order:
        first = next(tables[name] for tables in tables_by_run if name in tables)
        for column in first.columns:
            own = [tables.get(name) for tables in tables_by_run]
            values = [_column(table, column.name) for table in own]
            errors = [_column(table, column.name, errors=True) for table in own]
            rows = dict.fromkeys(row for one in values for row in one)
            comparisons.append(
                Table(
                    name=name if len(first.columns) == 1 else f"{name}: {column.name}",
                    about=first.about,
                    row_label=first.row_label,
                    columns=tuple(Column(name=run, best=column.best) for run in names),
                    rows={row: tuple(one.get(row) for one in values) for row in rows},
                    errors={row: tuple(one.get(row) for one in errors) for row in rows},
                    doubts=_doubts(names, own),
                    along_rows=True,
                )
            )
    return comparisons


def differences(records: Sequence[EvaluationRecord]) -> list[str]:
    """Return the settings in which the evaluations differ, one sentence each."""
    every = [_settings(record) for record in records]
    sentences = []
    for name in set.intersection(*map(set, every)):
        values = [settings[name] for settings in every]
        if any(value != values[0] for value in values):
            each = ", ".join(f"{r.run} {v}" for r, v in zip(records, values, strict=True))
            sentences.append(f"the runs were measured with different settings: {name} is {each}")
    return sorted(sentences)


def _settings(record: EvaluationRecord) -> dict[str, object]:
    """Return the shared settings, and those of each metric as ``metric.option``."""
    shared = record.settings.model_dump(exclude={"options"})
    own = {
        f"{metric}.{name}": value
        for metric, found in record.metrics.items()
        for name, value in found.settings.items()
    }
    return {**shared, **own}


def _check(records: Sequence[EvaluationRecord]) -> None:
    if len(records) < 2:
        raise MmcoreError(
            f"the number of runs is {len(records)}, expected at least two; add the folder of another"
            " evaluated run"
        )
    names = [record.run for record in records]
    for record in records:
        if names.count(record.run) > 1:
            raise MmcoreError(
                f"two runs have the name '{record.run}'; rename the folder of one of them"
            )
        if (record.data, _shared(record, records)) != (
            records[0].data,
            _shared(records[0], records),
        ):
            raise MmcoreError(
                f"'{record.run}' was evaluated on other data ({record.data}) than '{names[0]}'"
                f" ({records[0].data}); compare runs on the same data"
            )


def _shared(record: EvaluationRecord, records: Sequence[EvaluationRecord]) -> dict[str, object]:
    common = set.intersection(*(set(r.modalities) for r in records))
    return {name: items for name, items in record.data_items.items() if name in common}


def _by_name(record: EvaluationRecord) -> dict[str, Table]:
    return {table.name: table for metric in record.metrics.values() for table in metric.tables}


def _doubts(names: Sequence[str], tables: Sequence[Table | None]) -> dict[str, str]:
    """Return the doubts about the rows of some run, with the name of the run."""
    reasons: dict[str, list[str]] = {}
    for name, table in zip(names, tables, strict=True):
        for row, reason in (table.doubts if table is not None else {}).items():
            reasons.setdefault(row, []).append(f"{name}: {reason}")
    return {row: "; ".join(every) for row, every in reasons.items()}


def _column(table: Table | None, name: str, *, errors: bool = False) -> dict[str, float | None]:
    names = [] if table is None else [column.name for column in table.columns]
    if table is None or name not in names:
        return {}
    rows = table.errors if errors else table.rows
    return {row: values[names.index(name)] for row, values in rows.items()}
