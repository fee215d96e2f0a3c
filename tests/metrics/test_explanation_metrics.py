"""Overview, variance and attributions as metrics: what their tables contain."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.data.tables import OuterJoin
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.elements import Elements
from mmcore.metrics import Subject
from mmcore.metrics.explanation.attributions import element_names
from mmcore.metrics.explanation.overview import MOST, OTHERS

ROWS = 24


def joined(model, masks):
    """Return samples of random vectors that lack the modalities that ``masks`` names."""
    generator = torch.Generator().manual_seed(0)
    ids = pd.Index([f"p{row:02d}" for row in range(ROWS)])
    items = {n: ids[masks.get(n, torch.ones(ROWS).bool()).numpy()] for n in model.names}
    shape = {n: model.codec[n].event_shape for n in model.names}
    values = {n: torch.rand(len(own), *shape[n], generator=generator) for n, own in items.items()}
    source = OuterJoin(ids, values, items)
    return Samples(source, present=source.present, ids=ids)


def subject(model, readers=None, **masks):
    samples = joined(model, masks)
    data = Data({"train": samples, "test": samples}, "sample", readers=readers or {})
    return Subject(model, data, EvaluationSettings())


def test_the_overview_counts_every_pattern_once_the_most_frequent_first(rigged, metric):
    model, _, _ = rigged(a="same", b="same")
    rows = torch.arange(ROWS)
    (table,) = metric("overview").measure(subject(model, b=rows % 4 == 0, a=rows > 0)).tables
    assert list(table.rows) == ["a", "a+b", "b"]
    assert [values[0] for values in table.rows.values()] == [18, 5, 1]
    assert sum(values[1] for values in table.rows.values()) == ROWS


def test_rare_patterns_are_one_row(rigged, metric):
    names = "abcdef"
    model, _, _ = rigged(**dict.fromkeys(names, "same"))
    rows = torch.arange(ROWS * 2)[:ROWS] + 1
    masks = {name: (rows >> place) % 2 == 1 for place, name in enumerate(names[:5])}
    own = subject(model, **masks, f=torch.zeros(ROWS).bool())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcore.metrics.explanation.overview.MOST", 10)
        (table,) = metric("overview").measure(own).tables
    assert len(table.rows) == 10 < MOST
    assert table.rows[OTHERS][0] == ROWS - 9


def test_a_sample_that_lacks_a_modality_has_a_row_given_all_that_it_has(rigged, metric):
    model, _, _ = rigged(a="same", b="same")
    tables = metric("variance").measure(subject(model)).tables
    assert list(tables[0].rows) == ["a", "b", "a+b"]
    holed = metric("variance").measure(subject(model, b=torch.arange(ROWS) > 5)).tables
    assert list(holed[0].rows) == ["a", "b", "a+b", "(all available)"]
    assert holed[0].n == {
        "a": (24, 18),
        "b": (18, 18),
        "a+b": (18, 18),
        "(all available)": (24, 18),
    }
    assert len(holed[1].rows) == model.codec.prior.mean.numel()


def test_a_run_without_columns_has_no_top_features_and_the_reason(rigged, metric):
    model, _, _ = rigged(a="same")
    with pytest.raises(MmcoreError, match="no modality has named columns"):
        metric("attributions").measure(subject(model))


def test_the_name_of_a_class_is_its_column_and_its_word():
    words = {"sex": ["f", "m", "m"], "grade": ["low", "mid", "high"]}
    reader = SimpleNamespace(columns=lambda: ("age", "sex", "grade"), write=lambda codes: words)
    modality = SimpleNamespace(unit=lambda: torch.tensor([1.0, torch.nan, torch.nan]))
    elements = Elements.of(modality, torch.zeros(1, 3))
    names = element_names(reader, elements, 7)
    assert names == ["age", "sex=f", "sex=m", "sex=m", "grade=low", "grade=mid", "grade=high"]
    assert element_names(reader, elements, 1) == ["age"]
