"""Presets of the modality ``table``: other defaults for medical tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
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
    """The defaults of a preset.

    Arguments:
        kinds: the kind that replaces an inferred kind.
        options: values of options that the study file omits.
    """

    kinds: Mapping[Kind, Kind]
    options: Mapping[str, Any] = field(default_factory=dict)


LABS = Preset(kinds={"real": "student"})
"""Laboratory values have real outliers, which must not dominate the likelihood."""
OMICS = Preset(kinds={"student": "real"}, options={"dropout": 0.2, "hide": 0.2})
"""Thousands of normalized columns. They are correlated, so that more cells are hidden in training."""


class PresetReader(Reader):
    """Reads a table with the defaults of a preset.

    Arguments:
        settings: the settings of the table, which have priority.
        preset: the defaults.
    """

    def __init__(self, settings: TableSettings, preset: Preset) -> None:
        left_out = {k: v for k, v in preset.options.items() if k not in settings.model_fields_set}
        self._settings, self._preset = settings.model_copy(update=left_out), preset
        self._table = TableReader(self._settings)

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with kind, center and scale of each column."""
        refuse_unsplit_patients(records)
        fitted = TableSettings.model_validate(self._table.fit(records))
        declared = self._settings.types_of(records.names)
        columns = tuple(
            column if column.name in declared else self._chosen(column) for column in fitted.fitted
        )
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
        """Return numbers unchanged and categories as texts."""
        return self._table.write(values)

    def cells(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return cells of a file as `write` returns them."""
        return self._table.cells(frame)

    def texts(self) -> tuple[str, ...]:
        """Return the columns whose cells are copied as text."""
        return self._table.texts()

    def left_out(self) -> tuple[str, ...]:
        """Return the columns without an observed cell in the training records."""
        return self._table.left_out()

    def describe(self, records: Records) -> str:
        """Return the number of columns of each kind and the share of missing cells."""
        return self._table.describe(records)

    def examples(self, records: Records) -> list[str]:
        """Return the kind of each column with examples of its cells."""
        return self._table.examples(records)

    def findings(self, records: Records) -> list[str]:
        """Return notes on constant columns and on duplicates."""
        return self._table.findings(records)

    def _chosen(self, column: Column) -> Column:
        kind = self._preset.kinds.get(column.kind, column.kind)
        return column.model_copy(update={"kind": kind})


def labs_reader(settings: TableSettings, context: Context | None = None) -> PresetReader:
    """Return the reader of laboratory values."""
    return PresetReader(settings, LABS)


def omics_reader(settings: TableSettings, context: Context | None = None) -> PresetReader:
    """Return the reader of omics."""
    return PresetReader(settings, OMICS)
