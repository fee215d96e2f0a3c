"""Presets of the modality ``table``: other choices where a study file says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mmcore_table.modality import Table
from mmcore_table.reader import TableReader
from mmcore_table.settings import Column, Kind, TableSettings
from torch import Tensor

from mmcore.data.tables import Reader, Reading, Records
from mmcore.plugins import Context
from mmcore_medical.patients import refuse_unsplit_patients

__all__ = ["LABS", "OMICS", "Preset", "PresetReader", "Table", "labs_reader", "omics_reader"]


@dataclass(frozen=True)
class Preset:
    """What a preset chooses.

    Arguments:
        kinds: instead of a kind that was inferred.
        options: instead of an option that is left out.
    """

    kinds: Mapping[Kind, Kind]
    options: Mapping[str, Any] = field(default_factory=dict)


LABS = Preset(kinds={"real": "student"})
"""Laboratory values have outliers that are true, and that must not pull the others."""
OMICS = Preset(kinds={"student": "real"}, options={"dropout": 0.2, "hide": 0.2})
"""Thousands of columns that were normalised before; more is hidden, for they say the same often."""


class PresetReader(Reader):
    """Reads a table with the choices of a preset.

    Arguments:
        settings: of the table; what is set there stays.
        preset: for the rest.
    """

    def __init__(self, settings: TableSettings, preset: Preset) -> None:
        left_out = {k: v for k, v in preset.options.items() if k not in settings.model_fields_set}
        self._settings, self._preset = settings.model_copy(update=left_out), preset
        self._table = TableReader(self._settings)

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with kind, centre and scale of each column."""
        refuse_unsplit_patients(records)
        fitted = TableSettings.model_validate(self._table.fit(records))
        columns = tuple(map(self._chosen, fitted.fitted))
        return fitted.model_copy(update={"fitted": columns}).model_dump(
            mode="json", exclude_defaults=True
        )

    def read(self, records: Records) -> Reading:
        """Return (N, C) float32 cells."""
        return self._table.read(records)

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self._table.columns()

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return numbers as they are and categories as texts."""
        return self._table.write(values)

    def describe(self, records: Records) -> str:
        """Return how many columns there are of each kind, and how many cells are missing."""
        return self._table.describe(records)

    def findings(self, records: Records) -> list[str]:
        """Say which columns are constant, and which are the same as another."""
        return self._table.findings(records)

    def _chosen(self, column: Column) -> Column:
        if column.name in self._settings.types or column.kind not in self._preset.kinds:
            return column
        return column.model_copy(update={"kind": self._preset.kinds[column.kind]})


def labs_reader(settings: TableSettings, context: Context | None = None) -> PresetReader:
    """Return the reader of laboratory values."""
    return PresetReader(settings, LABS)


def omics_reader(settings: TableSettings, context: Context | None = None) -> PresetReader:
    """Return the reader of omics."""
    return PresetReader(settings, OMICS)
