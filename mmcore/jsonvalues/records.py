"""Records in JSON: a value of any subset of the modalities."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mmcore.data import Data, Samples
from mmcore.data.tables import OuterJoin, Reading, Records
from mmcore.data.tables.open import notes_of
from mmcore.errors import MmcoreError, nearest
from mmcore.jsonvalues.base import ValueForm, object_type

__all__ = ["record_type", "records_data"]

Forms = Mapping[str, ValueForm]


def record_type(forms: Forms) -> Any:
    """Return the type of a record for a model of pydantic: an object with a value for each modality.

    Arguments:
        forms: of the modalities.
    """
    return object_type("Record", {name: form.json_type | None for name, form in forms.items()})


def records_data(
    forms: Forms, records: Sequence[Mapping[str, Any]], ids: Sequence[str] | None = None
) -> Data:
    """Return records in JSON as data that is not split, as `mmcore.data.open_data` returns new records.

    Arguments:
        forms: of all modalities of a model.
        records: N records; a modality that a record lacks is null or left out.
        ids: N different names of the records; their numbers, from 0, if left out.

    Raises:
        MmcoreError: a modality is unknown, a value is not valid, a record has no value, or an id is not
            unique.
    """
    names = _ids(len(records), ids)
    _check(forms, records, names)
    readings: dict[str, Reading] = {}
    items: dict[str, pd.Index] = {}
    cells: dict[str, Records] = {}
    for name, form in forms.items():
        rows = [row for row, record in enumerate(records) if not form.is_missing(record.get(name))]
        if not rows:
            continue
        values, items[name] = [records[row][name] for row in rows], names[rows]
        readings[name] = form.read(values, items[name])
        own = form.records(values, items[name])
        if own is not None:
            cells[name] = own
    source = OuterJoin(names, {name: own.values for name, own in readings.items()}, items)
    readers = {name: form.reader for name, form in forms.items() if form.reader is not None}
    return Data(
        splits={"new": Samples(source, present=source.present, ids=names, records=cells)},
        kind="real",
        notes=notes_of([readings]),
        readers=readers,
    )


def _ids(rows: int, ids: Sequence[str] | None) -> pd.Index:
    if ids is None:
        return pd.Index([str(row) for row in range(rows)], dtype=object)
    if len(ids) != rows:
        raise MmcoreError(f"there are {len(ids)} ids for {rows} records, expected one for each")
    index = pd.Index(list(ids), dtype=object)
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise MmcoreError(f"the id '{twice}' is given more than once; give each record its own")
    return index


def _check(forms: Forms, records: Sequence[Mapping[str, Any]], names: pd.Index) -> None:
    for record, key in zip(records, names, strict=True):
        for name in record:
            if name not in forms:
                raise MmcoreError(
                    f"record '{key}' has a modality '{name}', expected {', '.join(forms)}"
                    f"{nearest(name, forms)}"
                )
        if all(form.is_missing(record.get(name)) for name, form in forms.items()):
            raise MmcoreError(
                f"record '{key}' has no value; give it at least one of {', '.join(forms)}"
            )
