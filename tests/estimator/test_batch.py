"""Batches of rows: what a batch adds to numbers is modelled, is no measurement, and is needed of new rows."""

import numpy as np
import pandas as pd
import pytest

from mmcore import MultimodalVAE
from mmcore.errors import MmcoreError

SHIFT = 8.0
COLUMNS = {"a": ["a0", "a1", "a2"], "b": ["b0", "b1", "b2"]}


def rows(count=60, seed=0):
    """Return rows of two batches, of which the second has larger numbers of b."""
    random = np.random.default_rng(seed)
    z = random.normal(size=(count, 1))
    x = z @ np.ones((1, 6)) + 0.3 * random.normal(size=(count, 6))
    site = np.where(np.arange(count) % 3 > 0, "north", "south")
    x[site == "south", 3:] += SHIFT
    frame = pd.DataFrame(x, columns=[*COLUMNS["a"], *COLUMNS["b"]])
    return frame.assign(site=site)


@pytest.fixture(scope="module")
def fitted():
    return MultimodalVAE(COLUMNS, batch="site", steps=1, random_state=0).fit(rows())


def test_numbers_are_imputed_as_those_of_the_own_batch(fitted):
    holes = rows(seed=1)
    holes[COLUMNS["b"]] = np.nan
    filled = fitted.impute(holes)
    assert filled["site"].equals(holes["site"])
    means = filled.groupby("site")[COLUMNS["b"]].mean().mean(axis=1)
    assert means["south"] - means["north"] == pytest.approx(SHIFT, abs=1)
    assert fitted.sample(50)["b0"].max() < SHIFT  # of the reference batch


def test_the_batch_is_kept_by_save_and_load_and_is_needed_of_new_rows(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = MultimodalVAE.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.transform(rows()), fitted.transform(rows()))
    with pytest.raises(MmcoreError, match="'west', which has no"):
        loaded.transform(rows().assign(site="west"))


def test_a_table_with_only_the_batch_is_no_modality(fitted):
    frame = rows()
    tables = {"x": frame[COLUMNS["a"]], "place": frame[["site"]]}
    model = MultimodalVAE(batch="site", steps=1, random_state=0).fit(tables)
    assert model.model_.names == ("x",)
    with pytest.raises(MmcoreError, match="names no 'batch'"):
        model.transform({"x": tables["x"]})


def test_a_batch_that_is_no_column_of_one_table_is_refused():
    frame = rows()
    with pytest.raises(MmcoreError, match=r"no table has.*did you mean 'site'"):
        MultimodalVAE(batch="sit").fit(frame)
    with pytest.raises(MmcoreError, match="the tables a and b have"):
        MultimodalVAE(batch="site").fit({"a": frame, "b": frame})
