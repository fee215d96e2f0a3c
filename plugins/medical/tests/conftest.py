import pandas as pd
import pytest

from mmcore.data.tables import Records
from mmcore.data.tables.records import FrameTable


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)


@pytest.fixture
def records_of():
    """Records of one column of files, or of any columns."""

    def make(cells, **others):
        frame = pd.DataFrame(cells if isinstance(cells, dict) else {"path": list(map(str, cells))})
        ids = pd.Index([f"v{n}" for n in range(len(frame))], dtype=object)
        names = tuple(frame.columns)
        return Records("m", ids, names, FrameTable(frame), source="records.csv", **others)

    return make
