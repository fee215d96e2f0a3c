"""Reading one signal from a WFDB, an EDF or a table file."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.data.tables import open_table
from mmcore.data.tables.parsing import as_numbers
from mmcore.plugins import Catalogue
from mmcore_medical.ecg.edf import BDF, EDF, read_edf
from mmcore_medical.ecg.signal import Signal
from mmcore_medical.ecg.wfdb import read_wfdb

HEADER = ".hea"
SAMPLE = re.compile(r"[+-]?\d*[.,]\d+([eE][+-]?\d+)?")
"""A number with a fraction, which is no name of a lead."""


def read_signal(path: Path, catalogue: Catalogue | None = None) -> Signal:
    """Return the signal of a WFDB record, an EDF file, or a table with a column for each lead.

    Arguments:
        path: the header, the EDF file or the table.
        catalogue: contains the formats of tables; by default the installed ones.

    Raises:
        MmcoreError: the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == HEADER:
        return read_wfdb(path)
    return read_edf(path) if suffix in (EDF, BDF) else _table(path, catalogue)


def _table(path: Path, catalogue: Catalogue | None) -> Signal:
    table = open_table(path, catalogue).cells
    if all(map(SAMPLE.fullmatch, table.names)):
        raise MmcoreError(
            f"'{path}' has samples such as {table.names[0]} in its first line, expected the names of the"
            " leads, such as I, II, V1; write them above the samples"
        )
    frame = pd.concat(table.frames(table.names))
    numbers = as_numbers(frame, str(path)).apply(pd.to_numeric, errors="coerce")
    wrong = (numbers.isna() & frame.notna()) | np.isinf(numbers)
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise MmcoreError(
            f"'{path}' has '{frame.iloc[row, column]}' in lead '{table.names[column]}', row {row + 1};"
            " expected a number, or an empty cell"
        )
    return Signal(table.names, numbers.to_numpy(dtype=np.float64).T)
