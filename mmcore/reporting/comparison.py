"""Tables that compare the evaluations of several runs."""

from collections.abc import Sequence
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.reporting.data_differences import EvaluatedRun, data_differences
from mmcore.reporting.record import Column, EvaluationRecord, Table, read_record
from mmcore.reporting.topics import TECHNICAL
from mmcore.storage.documents import read_yaml

__all__ = ["compared", "differences", "read_runs"]


def read_runs(folders: Sequence[Path]) -> list[EvaluatedRun]:
    """Return the evaluated runs in folders, named by their folders.

    Raises:
        MmcoreError: a run has not been evaluated, a file is damaged, or a folder is given twice.
    """
    runs = []
    for folder, name in zip(folders, _names(folders), strict=True):
        record, config = read_record(folder / "evaluation.json"), folder / "config.yaml"
        document = read_yaml(config) if config.is_file() else {}
        runs.append(EvaluatedRun(name, record, document if isinstance(document, dict) else {}))
    return runs


def compared(runs: Sequence[EvaluatedRun]) -> list[Table]:
    """Return a table for each column of each table of the evaluations, with a column for each run.

    A value that a run does not have is None.

    Raises:
        MmcoreError: there are fewer than two runs, or their held-out data differs.
    """
    _check(runs)
    names = tuple(run.name for run in runs)
    records = [run.record for run in runs]
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
                    topic=first.topic,
                    folded=first.folded or first.topic in TECHNICAL,
                    row_label=first.row_label,
                    columns=tuple(Column(name=run, best=column.best) for run in names),
                    rows={row: tuple(one.get(row) for one in values) for row in rows},
                    errors={row: tuple(one.get(row) for one in errors) for row in rows},
                    doubts=_doubts(names, own),
                    along_rows=True,
                )
            )
    return comparisons


def differences(runs: Sequence[EvaluatedRun]) -> list[str]:
    """Return the settings and the training data in which the evaluations differ, one sentence each."""
    every = [_settings(run.record) for run in runs]
    sentences = []
    for name in set.intersection(*map(set, every)):
        values = [settings[name] for settings in every]
        if any(value != values[0] for value in values):
            each = ", ".join(f"{r.name} {v}" for r, v in zip(runs, values, strict=True))
            sentences.append(f"the runs were measured with different settings: {name} is {each}")
    training = [clause for run in runs[1:] for clause in data_differences(runs[0], run).others]
    return [*sorted(sentences), *dict.fromkeys(training)]


def _settings(record: EvaluationRecord) -> dict[str, object]:
    """Return the shared settings, and those of each metric as ``metric.option``."""
    shared = record.settings.model_dump(exclude={"options"})
    own = {
        f"{metric}.{name}": value
        for metric, measured in record.metrics.items()
        for name, value in measured.settings.items()
    }
    return {**shared, **own}


def _check(runs: Sequence[EvaluatedRun]) -> None:
    if len(runs) < 2:
        raise MmcoreError(
            f"the number of runs is {len(runs)}, expected at least two; add the folder of another"
            " evaluated run"
        )
    for run in runs[1:]:
        data = data_differences(runs[0], run)
        if data.held_out:
            raise MmcoreError(
                f"'{runs[0].name}' and '{run.name}' were evaluated on different data:"
                f" {'; '.join([*data.held_out, *data.others])}; compare runs on the same held-out data"
            )


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the names of the folders, with as many folders above them as distinguish them."""
    full = [folder.resolve() for folder in folders]
    for folder in full:
        if full.count(folder) > 1:
            raise MmcoreError(f"'{folder}' is given twice; expected the folders of different runs")
    for count in range(1, max((len(folder.parts) for folder in full), default=1) + 1):
        names = ["/".join(folder.parts[-count:]) for folder in full]
        if len({*names}) == len(names):
            return names
    return [str(folder) for folder in full]


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
