from typing import get_args

import pytest

from mmcore.config import EvaluationSettings
from mmcore.config.base import DataKind
from mmcore.errors import MmcoreError
from mmcore.reporting.comparison import compared, differences
from mmcore.reporting.pages import render
from mmcore.reporting.record import (
    Column,
    EvaluationRecord,
    MetricRecord,
    Table,
)
from mmcore.reporting.report import page


def record(run, rows, *, data="real", items=10, columns=("accuracy",), **settings):
    table = Table(
        name="linear probe",
        about="",
        columns=tuple(Column(name=c, best="high") for c in columns),
        rows=rows,
    )
    return EvaluationRecord(
        mmcore="0",
        run=run,
        method="mmjsd",
        modalities=("a",),
        data=data,
        data_items={"a": {"train": items, "test": 1}},
        model_sha256="",
        settings=EvaluationSettings(**settings),
        metrics={"representation": MetricRecord(digest="", seconds=0, tables=(table,))},
    )


def test_runs_stand_side_by_side_and_the_best_of_a_row_is_marked():
    (table,) = compared([record("x", {"a": (0.5,), "b": (0.9,)}), record("y", {"a": (0.7,)})])
    assert [c.name for c in table.columns] == ["x", "y"]
    assert table.rows == {"a": (0.5, 0.7), "b": (0.9, None)}
    assert [table.is_best("a", i) for i in (0, 1)] == [False, True]
    # with one competitor alone there is no best
    assert not table.is_best("b", 0)


def test_a_table_of_several_columns_is_one_table_each():
    rows = {"a": (0.5, 0.6)}
    both = [record(run, rows, columns=("p", "q")) for run in ("x", "y")]
    assert [t.name for t in compared(both)] == ["linear probe: p", "linear probe: q"]
    assert compared(both)[1].rows == {"a": (0.6, 0.6)}


def test_different_options_of_a_metric_are_told():
    two = [record("x", {"a": (0.5,)}), record("y", {"a": (0.5,)})]
    for one, rows in zip(two, (10, 20), strict=True):
        metric = one.metrics["representation"]
        one.metrics["representation"] = metric.model_copy(update={"settings": {"probe_rows": rows}})
    (sentence,) = differences(two)
    assert sentence.endswith("representation.probe_rows is x 10, y 20")


def test_different_settings_are_told():
    two = [record("x", {"a": (0.5,)}, seed=1), record("y", {"a": (0.5,)}, seed=2)]
    assert differences(two) == ["the runs were measured with different settings: seed is x 1, y 2"]
    assert differences([two[0], two[0]]) == []


@pytest.mark.parametrize("kind", get_args(DataKind))
def test_both_pages_state_the_kind_of_the_data(kind):
    one, other = (record(name, {"a": (0.5,)}, data=kind) for name in "xy")
    comparison = render(
        "comparison.html.j2",
        runs=["x", "y"],
        data=kind,
        differences=[],
        tables=compared([one, other]),
    )
    for text in (comparison, page(one, {}, {})):
        assert [k for k in get_args(DataKind) if f"data: {k}" in text] == [kind]


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([record("x", {})], "expected at least two"),
        ([record("x", {}), record("x", {})], "two runs have the name 'x'"),
        ([record("x", {}), record("y", {}, data="sample")], "other data"),
        ([record("x", {}), record("y", {}, items=11)], "other data"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(records, told):
    with pytest.raises(MmcoreError, match=told):
        compared(records)
