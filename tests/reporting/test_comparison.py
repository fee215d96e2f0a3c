from typing import get_args

import pytest

from mmcore.config import EvaluationSettings
from mmcore.config.base import DataKind
from mmcore.errors import MmcoreError
from mmcore.reporting.comparison import compared, differences, read_runs
from mmcore.reporting.data_differences import EvaluatedRun, data_differences
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
        topic="prediction",
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


def runs(*records, configs=({}, {})):
    """Return evaluated runs, with the content of their config.yaml."""
    return [EvaluatedRun(r.run, r, c) for r, c in zip(records, configs, strict=False)]


def test_runs_stand_side_by_side_and_the_best_of_a_row_is_marked():
    (table,) = compared(runs(record("x", {"a": (0.5,), "b": (0.9,)}), record("y", {"a": (0.7,)})))
    assert [c.name for c in table.columns] == ["x", "y"]
    assert table.rows == {"a": (0.5, 0.7), "b": (0.9, None)}
    assert [table.is_best("a", i) for i in (0, 1)] == [False, True]
    # with one competitor alone there is no best
    assert not table.is_best("b", 0)


def test_a_table_of_several_columns_is_one_table_each():
    rows = {"a": (0.5, 0.6)}
    both = runs(*(record(run, rows, columns=("p", "q")) for run in ("x", "y")))
    assert [t.name for t in compared(both)] == ["linear probe: p", "linear probe: q"]
    assert compared(both)[1].rows == {"a": (0.6, 0.6)}


@pytest.mark.parametrize("changes", [{"folded": True}, {"topic": "likelihood"}])
def test_what_the_report_folds_is_folded(changes):
    both = [record(run, {"a": (0.5,)}) for run in ("x", "y")]
    assert not compared(runs(*both))[0].folded
    for one in both:
        (table,) = one.metrics["representation"].tables
        update = {"tables": (table.model_copy(update=changes),)}
        one.metrics["representation"] = one.metrics["representation"].model_copy(update=update)
    assert compared(runs(*both))[0].folded


def test_different_options_of_a_metric_are_told():
    two = [record("x", {"a": (0.5,)}), record("y", {"a": (0.5,)})]
    for one, rows in zip(two, (10, 20), strict=True):
        metric = one.metrics["representation"]
        one.metrics["representation"] = metric.model_copy(update={"settings": {"probe_rows": rows}})
    (sentence,) = differences(runs(*two))
    assert sentence.endswith("representation.probe_rows is x 10, y 20")


def test_different_settings_are_told():
    two = [record("x", {"a": (0.5,)}, seed=1), record("y", {"a": (0.5,)}, seed=2)]
    assert differences(runs(*two)) == [
        "the runs were measured with different settings: seed is x 1, y 2"
    ]
    assert differences(runs(two[0], two[0])) == []


@pytest.mark.parametrize("kind", get_args(DataKind))
def test_both_pages_state_the_kind_of_the_data(kind):
    one, other = (record(name, {"a": (0.5,)}, data=kind) for name in "xy")
    comparison = render(
        "comparison.html.j2",
        runs=["x", "y"],
        data=kind,
        differences=[],
        tables=compared(runs(one, other)),
    )
    for text in (comparison, page(one, {}, {})):
        assert [k for k in get_args(DataKind) if f"data: {k}" in text] == [kind]


def study(**changes):
    """Return the settings of a run on a study."""
    own = {"records": {"a": {"file": "a.csv"}}, "split": {"test": 0.2}, "base": "here", **changes}
    return {"data": {"study": own, "drop": 0.0}, "seed": 1}


HASHES = {
    "data_files": {"a.csv": "1"},
    "data_samples": {"the test ids": "1", "the training ids": "1", "the test records with a": "1"},
}


@pytest.mark.parametrize(
    ("changes", "config", "clause"),
    [
        ({"data": "sample"}, study(), "the data is real in x and sample in y"),
        (
            {"data_files": {"a.csv": "2"}},
            study(),
            "the file 'a.csv' has other content in y than in x",
        ),
        (
            {"data_samples": {**HASHES["data_samples"], "the test ids": "2"}},
            study(split={"test": 0.3}),
            "the test ids are not the same; split is {'test': 0.2} in x and {'test': 0.3} in y",
        ),
        (
            {"data_samples": {**HASHES["data_samples"], "the test records with a": "2"}},
            study(missing=["-9"]),
            "the test records with a are not the same; missing is not set in x and ['-9'] in y",
        ),
        (
            {"data_items": {"a": {"train": 10, "test": 2}}},
            study(),
            "the number of held-out items of a is 1 in x and 2 in y",
        ),
        (
            {},
            study(records={"a": {"file": "a.csv", "columns": ["b*"]}}),
            "a.columns is not set in x and ['b*'] in y",
        ),
        (
            {},
            study(labels={"file": "a.csv", "column": "stage"}),
            "labels.file is not set in x and a.csv in y; labels.column is not set in x and stage in y",
        ),
        (
            {"data_files": {"b.csv": "2"}},
            study(records={"a": {"file": "b.csv"}}),
            "a.file is a.csv in x and b.csv in y",
        ),
    ],
)
def test_the_error_states_in_what_the_held_out_data_differs(changes, config, clause):
    one, other = (record(name, {"a": (0.5,)}).model_copy(update=HASHES) for name in "xy")
    pair = runs(one, other.model_copy(update=changes), configs=(study(), config))
    with pytest.raises(MmcoreError, match="compare runs on the same held-out data") as raised:
        compared(pair)
    assert f"different data: {clause};" in str(raised.value)


def test_the_same_file_of_another_name_in_another_folder_is_the_same_data():
    one, other = (record(name, {"a": (0.5,)}).model_copy(update=HASHES) for name in "xy")
    renamed = other.model_copy(update={"data_files": {"b.csv": "1"}})
    moved = study(records={"a": {"file": "b.csv"}}, base="elsewhere")
    found = data_differences(*runs(one, renamed, configs=(study(), moved)))
    assert (found.held_out, found.others) == ([], [])


def test_other_training_data_is_stated_and_compared():
    one, other = (record(name, {"a": (0.5,)}).model_copy(update=HASHES) for name in "xy")
    samples = {**HASHES["data_samples"], "the training ids": "2"}
    fewer = other.model_copy(
        update={"data_items": {"a": {"train": 5, "test": 1}}, "data_samples": samples}
    )
    pair = runs(one, fewer, configs=(study(), {**study(), "seed": 2}))
    assert compared(pair)
    assert differences(pair) == [
        "the training ids are not the same",
        "the number of training items of a is 10 in x and 5 in y",
        "seed, which also decides a random split, is 1 in x and 2 in y",
    ]


def test_data_of_a_modality_that_only_one_run_has_does_not_matter():
    one = record("x", {"a": (0.5,)}).model_copy(update=HASHES)
    more = {
        "modalities": ("a", "b"),
        "data_items": {**one.data_items, "b": {"train": 1, "test": 1}},
        "data_files": {**one.data_files, "b.csv": "2"},
        "data_samples": {**one.data_samples, "the test records with b": "3"},
    }
    other = record("y", {"a": (0.5,)}).model_copy(update=more)
    found = data_differences(*runs(one, other, configs=({}, {})))
    assert (found.held_out, found.others) == ([], [])


def test_one_run_is_too_few():
    with pytest.raises(MmcoreError, match="expected at least two"):
        compared(runs(record("x", {})))


def test_a_copied_run_has_the_name_of_its_folder(tmp_path):
    for folder in ("run", "copy", "other/run"):
        (tmp_path / folder).mkdir(parents=True)
        text = record("run", {"a": (0.5,)}).model_dump_json()
        (tmp_path / folder / "evaluation.json").write_text(text)
    names = [r.name for r in read_runs([tmp_path / "run", tmp_path / "copy"])]
    assert names == ["run", "copy"]
    names = [r.name for r in read_runs([tmp_path / "run", tmp_path / "other" / "run"])]
    assert names == [f"{tmp_path.name}/run", "other/run"]
    with pytest.raises(MmcoreError, match="is given twice"):
        read_runs([tmp_path / "run", tmp_path / "other" / ".." / "run"])


def test_the_report_names_the_metric_of_each_remark():
    own = record("x", {"a": (0.5,)})
    some = own.metrics["representation"].model_copy(update={"left_out": ("few rows",)})
    none = MetricRecord(digest="", seconds=0, tables=(), left_out=("no classifier",))
    text = page(
        own.model_copy(update={"metrics": {"representation": some, "quality": none}}), {}, {}
    )
    assert "<li>representation: few rows</li>" in text
    assert "<li>quality: not measured; no classifier</li>" in text
