"""The likelihood table compares only rows of the same samples."""

import torch

from mmcore.batch import Batch
from mmcore.config import EvaluationSettings
from mmcore.data import Data, Samples
from mmcore.data.source import Source
from mmcore.metrics import Subject

ROWS = 12
PRESENT = {"a": torch.ones(ROWS, dtype=torch.bool), "b": torch.arange(ROWS) < 8}


class Holed(Source):
    """Rows of which some lack `b`."""

    def __init__(self, source):
        self.source = source

    def __len__(self):
        return ROWS

    def fetch(self, indices, noise):
        values = self.source.fetch(indices, noise).values
        return Batch.of(values, {name: mask[indices] for name, mask in PRESENT.items()})


def test_the_best_row_is_one_of_those_with_the_same_samples(rigged, metric):
    model, source, _ = rigged(rows=ROWS, a="same", b="same")
    samples = Samples(Holed(source), present=PRESENT)
    subject = Subject(
        model, Data({"train": samples, "test": samples}, "sample"), EvaluationSettings()
    )
    table = metric("likelihood", samples=4, proposals=["inference"]).measure(subject).tables[0]
    assert table.n == {"a": (12,) * 4, "b": (8,) * 4, "a+b": (8,) * 4}
    assert table.groups["a"] != table.groups["b"] == table.groups["a+b"]
    # log p of other samples may be larger, whatever the model
    table = table.model_copy(update={"rows": {**table.rows, "a": (1e9,) * 4}})
    best = [row for row in table.rows if table.is_best(row, 0)]
    wanted = max(("b", "a+b"), key=lambda row: table.rows[row][0])
    assert best == [wanted], "a is of other samples, and alone with them"
    assert "fewer than 10 effective samples" in table.doubts["a"], "of 4 draws"
