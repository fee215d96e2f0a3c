"""What a likelihood costs where values have many numbers: fewer rows at once, and fewer by default."""

from types import SimpleNamespace

import pytest
import torch

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.inference.likelihood.importance_sampling import rows_at_once
from mmcore.metrics import Subject


def subject(settings, *sizes, held_out=500):
    modalities = {f"m{n}": SimpleNamespace(event_shape=torch.Size(s)) for n, s in enumerate(sizes)}
    model = SimpleNamespace(codec=SimpleNamespace(modalities=modalities))
    return Subject(model, SimpleNamespace(test=range(held_out)), settings)


def at_once(*sizes):
    return rows_at_once(subject(EvaluationSettings(), *sizes).model.codec)


def test_draws_of_usual_values_are_decoded_for_50_rows_at_once_and_of_wide_ones_for_fewer():
    assert at_once((1, 28, 28), (3, 32, 32)) == 50
    assert at_once((6,), (20_000,)) == 13
    assert at_once((1 << 30,)) == 1


@pytest.mark.parametrize(
    ("sizes", "rows"),
    [([(784,), (3, 32, 32), (8,)], 50), ([(6,), (20_000,), (5000,)], 41), ([(1 << 20,)], 20)],
)
def test_fewer_data_points_are_scored_by_default_where_they_are_wide(sizes, rows):
    assert subject(EvaluationSettings(), *sizes).scored_rows(None) == rows
    assert subject(EvaluationSettings(), *sizes).scored_rows(300) == 300


def test_data_points_that_a_default_leaves_out_are_told(rigged, metric, monkeypatch):
    model, source, _ = rigged(a="same", b="same")
    monkeypatch.setattr("mmcore.metrics.base.SCORED_NUMBERS", 1)
    data = Data({"test": Samples(source)}, "sample")
    measured = metric("likelihood", samples=2).measure(
        Subject(model, data, EvaluationSettings(subsets=("a+b",)))
    )
    assert any("20 of 2000 held-out samples are scored" in one for one in measured.left_out)
    assert all("over 20 held-out samples" in table.about for table in measured.tables)
