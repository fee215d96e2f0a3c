"""Whole numbers of known kinds: the kind whose held-out cells are likelier is that of the simulation."""

import numpy as np
import pandas as pd
import pytest
from mmcore_table.density import likelier_as_real
from mmcore_table.fitting import fit_columns
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings

from mmcore.data.tables import Records
from mmcore.data.tables.records import FrameTable

ROWS, COLUMNS = 200, 12
ORDERED = (-1.5, -0.3, 0.2, 1.4)


def simulated(kind, random=None):
    """Return whole numbers of a known kind, which depend on three factors."""
    random = random or np.random.default_rng(0)
    linear = 0.6 * random.normal(size=(ROWS, 3)) @ random.normal(size=(3, COLUMNS))
    if kind == "count":
        x = random.poisson(np.exp(0.5 + linear) * random.gamma(4, 0.25, size=linear.shape))
    elif kind == "ordered":
        x = np.digitize(linear + 0.5 * random.logistic(size=linear.shape), ORDERED)
    else:
        x = np.round(90 + 10 * linear + 5 * random.normal(size=linear.shape))
    return x.astype(float)


def records_of(frame):
    ids = pd.Index([f"p{row:03d}" for row in range(len(frame))])
    return Records("x", ids, tuple(frame), FrameTable(frame))


@pytest.mark.parametrize(("kind", "read"), [("count", "count"), ("ordered", "ordered")])
def test_counts_and_levels_stay_what_they_are(kind, read):
    assert not likelier_as_real(simulated(kind), [read] * COLUMNS).any()


def test_rounded_numbers_are_real_and_missing_cells_do_not_matter():
    x = simulated("real")
    x[np.random.default_rng(1).random(x.shape) < 0.2] = np.nan
    assert likelier_as_real(x, ["count"] * COLUMNS).mean() >= 0.75


def test_few_rows_decide_nothing():
    assert not likelier_as_real(simulated("real")[:59], ["count"] * COLUMNS).any()


def test_the_choice_is_recorded_stated_and_can_be_overridden():
    frame = pd.DataFrame(np.hstack([simulated("real"), simulated("count")]))
    frame = frame.set_axis([f"{n}{i}" for n in ("age", "cells") for i in range(COLUMNS)], axis=1)
    records = records_of(frame)
    settings = fit_columns(TableSettings(), records)
    kinds = {column.name: column.kind for column in settings.fitted}
    assert (
        sum(kind == "real" for name, kind in kinds.items() if name.startswith("age")) > COLUMNS / 2
    )
    assert {kinds[f"cells{i}"] for i in range(COLUMNS)} <= {"count", "zero-inflated"}
    assert settings.by_density
    assert {kinds[name] for name in settings.by_density} == {"real"}
    first = settings.by_density[0]
    notes = TableReader(settings, None).findings(records)
    assert any(f"'{first}'" in note and f"types: {{{first}: count}}" in note for note in notes)
    declared = fit_columns(TableSettings(types={first: "count"}), records)
    assert {c.name: c.kind for c in declared.fitted}[first] == "count"
