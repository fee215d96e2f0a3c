"""Reading one signal from a WFDB or a table file."""

from pathlib import Path

import numpy as np
import pandas as pd

from mmcore import MmcoreError
from mmcore.data.tables.files import open_table
from mmcore_medical.ecg.signal import Signal
from mmcore_medical.ecg.wfdb import read_wfdb

HEADER = ".hea"


def read_signal(path: Path) -> Signal:
    """Return the signal of a WFDB record, or of a table with a column for each lead.

    Raises:
        MmcoreError: the file is not readable.
    """
    return read_wfdb(path) if path.suffix.lower() == HEADER else _table(path)


def _table(path: Path) -> Signal:
    table = open_table(path).table
    frame = pd.concat(table.frames(table.names))
    numbers = frame.apply(pd.to_numeric, errors="coerce")
    wrong = (numbers.isna() & frame.notna()) | np.isinf(numbers)
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise MmcoreError(
            f"'{path}' has '{frame.iloc[row, column]}' in lead '{table.names[column]}', row {row + 1};"
            " expected a number, or an empty cell"
        )
    return Signal(table.names, numbers.to_numpy(dtype=np.float64).T)
