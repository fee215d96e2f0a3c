import pytest
import torch

from mmcore.batch import UNKNOWN
from mmcore.config import EvaluationSettings
from mmcore.data import Data, Paired, Samples, TensorView
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject


def subject(rigged, labels):
    model, _, _ = rigged(a="same")
    view = TensorView(torch.eye(4)[labels], labels)
    source = Paired({"a": view}, torch.arange(len(labels)).unsqueeze(1))
    data = Data({"train": Samples(source), "test": Samples(source)}, "sample")
    return Subject(model, data, EvaluationSettings())


def test_a_label_that_occurs_once_is_told_and_the_others_are_measured(rigged, metric):
    labels = torch.arange(600) % 3
    labels[0] = 3
    result = metric("representation").measure(subject(rigged, labels))
    assert any("label 3 occurs once" in message for message in result.left_out)
    assert result.tables[0].rows["a"][0] > 0.95
    assert "fitted on 600 training samples" in result.tables[0].about


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.arange(600) % 3, "499 training samples.*at least 500"),
        (torch.full((600,), 2), "all 600 training samples have the label 2"),
    ],
)
def test_what_a_probe_cannot_be_fitted_on_is_one_sentence(rigged, metric, labels, message):
    probed = {"probe_rows": 499} if "499" in message else {}
    with pytest.raises(MmcoreError, match=message):
        metric("representation", **probed).measure(subject(rigged, labels))


def test_a_small_data_set_is_taken_whole_and_that_is_told(rigged, metric):
    result = metric("representation").measure(subject(rigged, torch.arange(90) % 3))
    assert result.tables[0].rows["a"][0] > 0.95
    assert any("all 90 training samples" in message for message in result.left_out)


def test_rows_without_a_label_have_no_part_in_a_probe(rigged, metric):
    labels = torch.arange(90) % 3
    some = subject(rigged, labels)
    known = torch.where(torch.arange(90) < 60, labels, UNKNOWN)
    some.data.train.source._labels = some.data.test.source._labels = known
    result = metric("representation").measure(some)
    assert "fitted on 60 training samples, tested on 60" in result.tables[0].about
    some.data.train.source._labels = torch.full((90,), UNKNOWN)
    with pytest.raises(MmcoreError, match="no labels"):
        metric("representation").measure(some)
