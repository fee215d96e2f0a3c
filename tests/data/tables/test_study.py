"""Ids: their overlap, their labels, and on which side of the split they are."""

import numpy as np
import pandas as pd
import pytest
import torch

from mmcore import Noise
from mmcore.batch import UNKNOWN
from mmcore.config.study import StudyData
from mmcore.data import Dropped
from mmcore.data.tables import Labels, OuterJoin, PathResolver, read_study
from mmcore.data.tables.splitting import held_out
from mmcore.errors import MmcoreError

IDS = [f"p{n:03d}" for n in range(100)]


def table(folder, name, ids, **columns):
    frame = pd.DataFrame({"id": ids, **(columns or {"x": range(len(ids))})})
    frame.to_csv(folder / f"{name}.csv", index=False)


def collected(folder, names=("a", "b"), seed=0, **changes):
    document = {"base": str(folder), "records": {n: {"file": f"{n}.csv"} for n in names}}
    study = StudyData.model_validate(document | changes)
    return read_study(study, PathResolver(folder, folder), seed)


def test_the_split_is_by_id_and_the_same_for_every_modality(tmp_path):
    table(tmp_path, "a", IDS[:80])
    table(tmp_path, "b", IDS[20:])
    actual = collected(tmp_path)
    train, test = set(actual.train_ids), set(actual.test_ids)
    assert train | test == set(IDS)
    assert not train & test
    assert len(test) == 20
    for name in "ab":
        assert set(actual.train[name].ids) <= train
        assert set(actual.test[name].ids) <= test
        cells = actual.test[name].frame()["x"]
        first = {"a": 0, "b": 20}[name]
        assert [f"p{first + int(x):03d}" for x in cells] == list(actual.test[name].ids)
    again = collected(tmp_path)
    assert list(again.test_ids) == list(actual.test_ids)
    assert list(collected(tmp_path, seed=1).test_ids) != list(actual.test_ids)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_stratified_split_has_the_share_of_every_class_and_keeps_groups_together(share):
    ids = pd.Index([f"v{n}" for n in range(400)])
    groups = pd.Series([f"patient{n // 4}" for n in range(400)], index=ids)
    strata = pd.Series(["rare" if n < 80 else "usual" for n in range(400)], index=ids)
    held = held_out(ids, share, seed=3, groups=groups, strata=strata)
    by_patient = pd.Series(held, index=groups.to_numpy()).groupby(level=0).nunique()
    assert (by_patient == 1).all()
    for stratum, patients in (("rare", 20), ("usual", 80)):
        taken = held[(strata == stratum).to_numpy()].sum() / 4
        assert abs(taken - share * patients) <= 1
    shuffled = np.random.default_rng(0).permutation(400)
    again = held_out(ids[shuffled], share, seed=3, groups=groups, strata=strata)
    assert set(ids[shuffled][again]) == set(ids[held])  # whatever the order of the rows


def test_a_group_is_found_in_whichever_file_has_it(tmp_path):
    table(tmp_path, "a", IDS, x=range(100), patient=[f"q{n // 2}" for n in range(100)])
    table(tmp_path, "b", IDS)
    actual = collected(tmp_path, split={"by": "patient"})
    patient = {key: n // 2 for n, key in enumerate(IDS)}
    sides = [{patient[key] for key in ids} for ids in (actual.train_ids, actual.test_ids)]
    assert not sides[0] & sides[1]
    with pytest.raises(MmcoreError, match=r"split.by is 'patients'"):
        collected(tmp_path, split={"by": "patients"})


def test_what_groups_the_split_is_no_measurement(tmp_path):
    table(tmp_path, "a", IDS, x=range(100), patient=[f"q{n // 2}" for n in range(100)])
    table(tmp_path, "b", IDS)
    actual = collected(tmp_path, split={"by": "patient"})
    assert "patient" not in actual.train["a"].names
    assert "patient" in actual.train["a"].apart


def test_a_group_in_train_and_test_files_is_refused(tmp_path):
    table(tmp_path, "a", IDS[:50], x=range(50), patient=[f"q{n}" for n in range(50)])
    table(tmp_path, "b", IDS[:50])
    for first, messages in ((50, None), (45, "'q45', 'q46', 'q47'; leave")):
        patients = [f"q{n}" for n in range(first, first + 50)]
        table(tmp_path, "a_test", IDS[50:], x=range(50), patient=patients)
        split = {"by": "patient", "test": {"a": "a_test.csv"}}
        if messages is None:
            assert len(collected(tmp_path, split=split).test_ids) == 50
        else:
            with pytest.raises(MmcoreError, match=f"5 values of 'patient' .*such as {messages}"):
                collected(tmp_path, split=split)


def test_an_id_of_two_groups_is_refused(tmp_path):
    table(tmp_path, "a", IDS, x=range(100), patient=range(100))
    table(tmp_path, "b", IDS, x=range(100), patient=[1, *range(1, 100)])
    with pytest.raises(MmcoreError, match=r"1 ids have another 'patient' .*such as 'p000'"):
        collected(tmp_path, split={"by": "patient"})


def test_ids_that_never_overlap_are_shown_three_of_each(tmp_path):
    table(tmp_path, "a", IDS[:50])
    table(tmp_path, "b", [f"TCGA-{n}" for n in range(50)])
    with pytest.raises(
        MmcoreError, match=r"'p000', 'p001', 'p002'; b has 'TCGA-0', 'TCGA-1', 'TCGA-2'"
    ):
        collected(tmp_path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": None}, "'a' has no cell in 'a.csv', where the columns x are empty"),
        ({}, "no column beside the id"),
    ],
)
def test_a_modality_without_a_cell_is_told_as_such(tmp_path, columns, message):
    table(tmp_path, "b", IDS[:50])
    pd.DataFrame({"id": IDS[:50], **columns}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(MmcoreError, match=message):
        collected(tmp_path)


def test_the_same_id_in_train_and_test_files_is_refused(tmp_path):
    table(tmp_path, "a", IDS[:50])
    table(tmp_path, "b", IDS[:50])
    table(tmp_path, "a_test", IDS[48:60])
    with pytest.raises(MmcoreError, match="2 ids are in the training and in the test files"):
        collected(tmp_path, split={"test": {"a": "a_test.csv"}})
    table(tmp_path, "a_test", IDS[50:60])
    actual = collected(tmp_path, split={"test": {"a": "a_test.csv"}})
    assert list(actual.test_ids) == IDS[50:60]
    assert len(actual.test["b"]) == 0
    assert actual.test["b"].frame().empty
    with pytest.raises(MmcoreError, match="did you mean 'a'"):
        collected(tmp_path, split={"test": {"aa": "a_test.csv"}})


def test_labels_may_be_missing_and_must_belong_to_someone(tmp_path):
    table(tmp_path, "a", IDS)
    table(tmp_path, "l", IDS[:40], kind=["1" if n % 2 else "0" for n in range(40)])
    labels = {"file": "l.csv", "column": "kind"}
    actual = collected(tmp_path, names=("a",), labels=labels, split={"stratify": "kind"})
    assert actual.labels.classes == ("0", "1")
    assert actual.labels.of(pd.Index(["p001", "p099", "p002"])).tolist() == [1, UNKNOWN, 0]
    held = pd.Index(IDS[:40]).intersection(actual.test_ids)
    assert actual.labels.of(held).tolist().count(1) == 4
    with pytest.raises(MmcoreError, match="has no column 'sort'"):
        collected(tmp_path, names=("a",), labels={"file": "l.csv", "column": "sort"})
    with pytest.raises(MmcoreError, match=r"split.stratify is 'x', expected the labels' column"):
        collected(tmp_path, names=("a",), labels=labels, split={"stratify": "x"})
    table(tmp_path, "l", ["q1", "q2"], kind=["0", "1"])
    with pytest.raises(MmcoreError, match=r"no id of the labels.*'q1', 'q2'.*'p0"):
        collected(tmp_path, names=("a",), labels=labels)


@pytest.mark.parametrize(
    ("rows", "columns", "hint"),
    [
        (
            ["q1", "q2"],
            ["p001", "p002", "p003"],
            "columns of 'b', .* are ids of 'a'; .* true below b ",
        ),
        (["q1", "q2"], ["x", "y"], "columns of 'a', .* are columns of 'b'; .* true below a and b "),
        (["q1", "q2"], ["v", "w"], "see the id columns "),
    ],
)
def test_samples_in_columns_are_named_where_no_id_is_common(tmp_path, rows, columns, hint):
    table(tmp_path, "a", IDS, x=range(100), y=range(100))
    table(tmp_path, "b", rows, **{column: [1.5, 2.5] for column in columns})
    with pytest.raises(MmcoreError, match=f"no id of 'a' .*{hint}"):
        collected(tmp_path, names=("a", "b"))


def test_a_label_in_a_file_of_measurements_is_not_seen_by_the_model(tmp_path):
    table(tmp_path, "a", IDS, x=range(100), kind=["u", "v"] * 50)
    actual = collected(tmp_path, names=("a",), labels={"file": "a.csv", "column": "kind"})
    assert actual.train["a"].names == ("x",)


def test_joined_rows_are_those_of_their_ids_and_absent_where_there_is_none():
    values = {"a": torch.arange(3.0).unsqueeze(1), "b": 10 + torch.arange(2.0).unsqueeze(1)}
    items = {"a": pd.Index(["p", "q", "r"]), "b": pd.Index(["r", "s"])}
    labels = Labels(pd.Series({"p": "u", "s": "v"}), ("u", "v"))
    joined = OuterJoin(pd.Index(["s", "r", "p", "q"]), values, items, labels)
    batch = joined.fetch(torch.tensor([0, 1, 2]), Noise(3))
    assert batch.present["a"].tolist() == [False, True, True]
    assert batch.present["b"].tolist() == [True, True, False]
    assert batch.values["a"][1:].flatten().tolist() == [2, 0]
    assert batch.values["b"][:2].flatten().tolist() == [11, 10]
    assert batch.labels.tolist() == [1, UNKNOWN, 0]
    assert batch.complete == frozenset()
    view = joined.view("a")
    assert view.labels.tolist() == [0]
    assert view.fetch(torch.tensor([0]), Noise(1)).tolist() == [[0]]


def test_a_modality_that_no_one_has_is_absent_everywhere():
    values = {"a": torch.ones(2, 3), "b": torch.ones(0, 5)}
    items = {"a": pd.Index(["p", "q"]), "b": pd.Index([], dtype=object)}
    batch = OuterJoin(pd.Index(["p", "q"]), values, items).fetch(torch.tensor([1]), Noise(1))
    assert batch.values["b"].shape == (1, 5)
    assert batch.present["b"].tolist() == [False]
    assert batch.complete == {"a"}


def test_hiding_values_leaves_no_sample_without_any():
    ids = pd.Index([f"p{n}" for n in range(200)])
    values = {"a": torch.ones(100, 1), "b": torch.ones(200, 1)}
    joined = OuterJoin(ids, values, {"a": ids[:100], "b": ids})
    holes = OuterJoin(ids, values, {"a": ids[:100], "b": ids[100:].append(ids[:100])})
    for source in (joined, holes):
        batch = Dropped(source, 0.6, 2, seed=0).fetch(torch.arange(200), Noise(200))
        present = torch.stack([batch.present["a"], batch.present["b"]])
        assert present.any(0).all()
        assert batch.present["a"][100:].sum() == 0
        hidden = 1 - present[:, :100].float().mean()
        assert 0.3 < hidden < 0.6


def test_ids_labels_and_groups_are_text_and_other_columns_are_typed(tmp_path):
    ids = [f"{n:03d}" for n in range(100)]
    kinds, patients = [f"0{n % 2}" for n in range(100)], [f"{n // 2:04d}" for n in range(100)]
    table(tmp_path, "a", ids, x=range(100), kind=kinds, patient=patients)
    table(tmp_path, "b", ids, y=range(100), patient=patients)
    actual = collected(
        tmp_path, labels={"file": "a.csv", "column": "kind"}, split={"by": "patient"}
    )
    assert actual.labels.classes == ("00", "01")
    assert "007" in actual.train_ids.union(actual.test_ids)
    assert actual.train["a"].names == ("x",)
    assert actual.train["a"].frame()["x"].dtype.kind == "f"


def test_an_id_of_one_modality_may_be_a_measurement_of_another(tmp_path):
    table(tmp_path, "all", IDS, key=[f"{n}" for n in range(100)], y=range(100))
    table(tmp_path, "c", [f"{n}" for n in range(100)])
    records = {
        "a": {"file": "all.csv", "columns": "key"},
        "b": {"file": "all.csv", "id": "key", "columns": "y"},
        "c": {"file": "c.csv"},
        "d": {"file": "all.csv", "columns": "y"},
    }
    actual = collected(tmp_path, records=records)
    assert actual.train["a"].frame()["key"].dtype.kind == "f"
    assert set(actual.train["b"].ids) <= set(map(str, range(100)))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_the_share_of_held_out_groups_is_rounded_and_so_is_that_of_each_stratum(share):
    for count in range(1, 25):
        ids = pd.Index([f"p{n:02d}" for n in range(count)])
        assert held_out(ids, share, seed=1).sum() == int(share * count + 0.5)
        strata = pd.Series(["a", "b"] * 24, index=[f"p{n:02d}" for n in range(48)]).reindex(ids)
        held = held_out(ids, share, seed=1, strata=strata)
        for stratum in ("a", "b"):
            own = (strata == stratum).to_numpy()
            assert abs(held[own].sum() - share * own.sum()) <= 1
