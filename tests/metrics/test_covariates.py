"""Associations of the content with what it was not trained on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import norm, spearmanr

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.data.tables import OuterJoin
from mmcore.data.tables.annotations import Annotations
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.metrics.explanation.association import adjusted, association

ROWS = 120
NUMBERS = np.random.default_rng(0).normal(size=(4, ROWS))


def test_words_of_two_kinds_have_the_absolute_rank_correlation_with_them():
    words = pd.Series(np.where(NUMBERS[0] + NUMBERS[1] > 0, "a", "b"))
    wanted = spearmanr(NUMBERS[0], words == "b").statistic
    assert wanted < -0.3
    assert association(NUMBERS[0], words).size == pytest.approx(-wanted)
    names = pd.Series(["low", "mid", "high"]).repeat(40).reset_index(drop=True)
    assert association(np.repeat([0.0, 1, 2], 40), names).size == pytest.approx(1)


def test_missing_cells_do_not_count_and_a_constant_has_no_association():
    column = pd.Series(NUMBERS[1]).where(np.arange(ROWS) % 3 > 0)
    result = association(NUMBERS[0], column)
    kept = column.notna().to_numpy()
    assert result.rows == 80
    assert result.size == pytest.approx(spearmanr(NUMBERS[0][kept], NUMBERS[1][kept]).statistic)
    assert association(NUMBERS[0], pd.Series(np.ones(ROWS))) is None
    assert association(np.ones(ROWS), pd.Series(NUMBERS[1])) is None
    assert association(NUMBERS[0][:4], pd.Series(NUMBERS[1][:4])) is None


def test_of_independent_columns_few_are_discovered_and_of_dependent_ones_most():
    random = np.random.default_rng(1)
    signal = random.normal(size=200)
    columns = {("d", f"x{k}"): random.normal(size=200) + (k < 20) * signal for k in range(400)}
    p = adjusted({key: association(signal, pd.Series(column)) for key, column in columns.items()})
    result = [key for key, value in p.items() if value < 0.05]
    true = [key for key in result if int(key[1][1:]) < 20]
    assert len(true) == 20
    assert len(result) - len(true) <= 0.05 * len(result) + 5 * np.sqrt(0.05 * len(result))
    raw = association(signal, pd.Series(columns["d", "x0"])).p
    assert raw <= p["d", "x0"] <= raw * 400


def subject(rigged, frame, labels=None, readers=None):
    """Return a subject whose content is the table of random numbers, a column for each dimension."""
    model, _, _ = rigged(a="same")
    ids = pd.Index([f"p{row:03d}" for row in range(ROWS)])
    values = {"a": torch.from_numpy(NUMBERS.T).float()}
    source = OuterJoin(ids, values, {"a": ids})
    rows = torch.arange(ROWS)
    annotations = Annotations(frame.set_axis(ids, axis=0), pd.DataFrame(index=ids))
    everything = Samples(
        source, present=source.present, ids=ids, annotations=annotations, labels=labels
    )
    nothing = {"a": torch.zeros(0, 4)}
    some = OuterJoin(ids[:1], {"a": values["a"][:1]}, {"a": ids[:1]})
    held_out = replace(
        everything,
        source=some,
        annotations=annotations.of(ids[:1]),
        labels=None if labels is None else rows[:1] * 0,
    )
    data = Data(
        {"train": everything, "test": held_out}, "sample", readers=readers or {"a": nothing}
    )
    return Subject(model, replace(data, classes=("u", "v")), EvaluationSettings())


def test_each_dimension_finds_its_own_covariate(rigged, metric):
    frame = pd.DataFrame(
        {"copy": norm.cdf(-NUMBERS[2]), "noise": np.random.default_rng(2).normal(size=ROWS)}
    )
    labels = torch.from_numpy((NUMBERS[1] > 0).astype(np.int64))
    sizes, p = metric("covariates").measure(subject(rigged, frame, labels)).tables
    assert [column.name for column in sizes.columns] == ["copy", "noise", "label"]
    assert sizes.rows["content 2"][0] == pytest.approx(-1, abs=0.01)
    assert sizes.rows["content 1"][2] > 0.8
    assert p.rows["content 2"][0] < 1e-6
    assert p.rows["content 1"][2] < 1e-6
    assert min(row[1] for row in p.rows.values()) > 0.05
    assert sizes.n["content 0"] == (ROWS + 1,) * 3


def test_ids_as_words_are_not_compared_and_that_is_stated(rigged, metric):
    frame = pd.DataFrame(
        {"name": [f"n{row}" for row in range(ROWS)], "age": NUMBERS[0], "one": 1.0}
    )
    result = metric("covariates").measure(subject(rigged, frame))
    assert [column.name for column in result.tables[0].columns] == ["age"]
    assert "name has more than 20 different words" in result.left_out[0]
    assert "one is not compared" in result.left_out[1]


def test_without_covariates_the_reason_is_one_sentence(rigged, metric):
    with pytest.raises(MmcoreError, match="neither covariates nor labels"):
        metric("covariates").measure(subject(rigged, pd.DataFrame(index=range(ROWS))))
    other = replace(subject(rigged, pd.DataFrame(index=range(ROWS))))
    object.__setattr__(other, "data", replace(other.data, readers={}))
    with pytest.raises(MmcoreError, match="only a study has covariates"):
        metric("covariates").measure(other)
