"""What the imputation metric says of a modality that it cannot tell of."""

from types import SimpleNamespace

import torch

from mmcore.batch import Batch
from mmcore.config import EvaluationSettings
from mmcore.metrics import Subject

ROWS = 20


class Holed:
    """Rows that all lack `c`."""

    def __init__(self, source):
        self.source = source

    def __len__(self):
        return ROWS

    def fetch(self, indices, noise):
        values = self.source.fetch(indices, noise).values
        everywhere = torch.ones(len(indices), dtype=torch.bool)
        return Batch.of(values, {"a": everywhere, "b": everywhere, "c": ~everywhere})


def test_a_modality_that_no_sample_has_is_not_called_discrete(rigged, metric, monkeypatch):
    model, source, _ = rigged(rows=ROWS, a="same", b="same", c="same")
    monkeypatch.setattr(model.codec["b"], "unit", lambda: torch.full((4,), torch.nan))
    subject = Subject(
        model, SimpleNamespace(test=Holed(source), train=Holed(source)), EvaluationSettings()
    )
    result = metric("imputation").measure(subject)
    assert list(result.left_out[:2]) == [
        "c is not compared: no held-out sample has it",
        "b is discrete and has no interval coverage",
    ]
    errors = result.tables[0]
    assert errors.rows["a"][2] is None
    assert [column.name for column in result.tables[1].columns] == ["a"]
