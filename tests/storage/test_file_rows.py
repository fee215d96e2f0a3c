"""Rows of a file are the rows of the array, computed once."""

import numpy as np

from mmcore.storage.arrays import cached_rows


def test_rows_are_computed_once_and_read_in_any_order(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("mmcore.storage.arrays.KEPT", 0)
    whole, computed = np.arange(12.0).reshape(6, 2), []

    def parts():
        computed.append(True)
        yield from (whole[:4], whole[4:])

    for _ in range(2):
        rows = cached_rows(["key"], whole.shape, float, parts)
        for _ in range(3):  # also after the pages were given back
            assert rows.read(np.array([4, 0])).tolist() == [[8, 9], [0, 1]]
        assert np.array_equal(np.concatenate([*rows.chunks()]), whole)
        assert rows.column(1).tolist() == [1, 3, 5, 7, 9, 11]
    assert len(computed) == 1
