import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from mmcore import Modality
from mmcore.data import TensorView
from mmcore.metrics import classifiers
from mmcore.metrics.classifiers import train_classifier
from mmcore.modality import Classifier
from mmcore.plugins import Context
from mmcore.testing import LinearGaussian, LinearGaussianSettings
from mmcore.testing.vectors import VectorData


class WithDropout(LinearGaussian):
    """A linear-Gaussian modality whose classifier has everything that eval mode switches."""

    def classifier(self, classes):
        body = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
        return Classifier(body, nn.Linear(8, classes))


class Silent(LinearGaussian):
    classifier = Modality.classifier


def modality(kind=LinearGaussian):
    return kind(LinearGaussianSettings(), Context.of(2))


def views():
    return VectorData().sample("train"), VectorData().sample("test")


def test_separable_classes_are_learnt_and_the_accuracy_is_that_on_the_test_items():
    train, test = views()
    classified = train_classifier(modality(), train, test)
    labels = classified.labels(test.fetch(torch.arange(len(test)), None))
    assert classified.score == pytest.approx(float((labels == test.labels).float().mean()))
    assert classified.score > 0.95
    assert (classified.train_items, classified.test_items) == (120, 120)


def test_random_labels_cannot_be_learnt():
    train, test = views()
    shuffled = torch.randint(0, 3, (120,), generator=torch.Generator().manual_seed(0))
    blind = train_classifier(
        modality(), train, TensorView(test.fetch(torch.arange(120), None), shuffled)
    )
    assert blind.score == pytest.approx(1 / 3, abs=5 * (2 / 9 / 120) ** 0.5)


def test_what_another_process_trains_is_waited_for(tmp_path, monkeypatch):
    trained, train = [], classifiers._train
    monkeypatch.setattr(
        classifiers, "_train", lambda *given: (trained.append(1), time.sleep(0.5), train(*given))
    )
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(train_classifier, modality(), *views(), tmp_path) for _ in range(2)]
    scores = {one.result().score for one in both}
    assert len(trained) == len(scores) == 1
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]


def test_it_runs_in_eval_mode():
    """Defect D7 of the original: dropout stayed on, and batches mixed."""
    classified = train_classifier(modality(WithDropout), *views(), steps=5)
    x = torch.randn(7, 6)
    before = {name: value.clone() for name, value in classified.classifier.state_dict().items()}
    assert torch.allclose(classified.features(x)[2:3], classified.features(x[2:3]), atol=1e-6)
    after = classified.classifier.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("rows", [1, 100, 250])
def test_many_items_are_classified_in_parts_as_they_are_together(rows):
    classified = train_classifier(modality(WithDropout), *views(), steps=5)
    x = torch.randn(rows, 6)
    with torch.no_grad():
        assert torch.allclose(classified.logits(x), classified.classifier(x), atol=1e-6)
        assert torch.allclose(classified.features(x), classified.classifier.features(x), atol=1e-6)


def test_bfloat16_changes_little_and_logits_keep_their_digits(tmp_path):
    one, half = (
        train_classifier(modality(), *views(), tmp_path, steps=20, bfloat16=b)
        for b in (False, True)
    )
    x = views()[1].fetch(torch.arange(120), None)
    assert len(list(tmp_path.iterdir())) == 2, "stored apart"
    assert half.logits(x).dtype == half.features(x).dtype == x.dtype
    assert not torch.equal(one.logits(x), half.logits(x))
    assert torch.allclose(one.logits(x), half.logits(x), atol=0.1)
    assert not torch.equal(half.logits(x), half.logits(x).bfloat16().to(x.dtype))


def test_the_logits_are_linear_in_the_features():
    classified = train_classifier(modality(WithDropout), *views(), steps=5)
    x = torch.randn(7, 6)
    wanted = classified.classifier.head(classified.features(x)).argmax(-1)
    assert torch.equal(classified.labels(x), wanted)


def test_it_is_trained_once_for_the_same_data_and_settings(tmp_path):
    train, test = views()
    first = train_classifier(modality(), train, test, tmp_path, steps=20)
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    again = train_classifier(modality(), train, test, tmp_path, steps=20)
    assert kept.stat().st_mtime_ns == stamp
    assert again.score == first.score
    assert torch.equal(again.classifier.head.weight, first.classifier.head.weight)
    train_classifier(modality(), train, test, tmp_path, steps=21)
    train_classifier(
        modality(), train, TensorView(torch.zeros(4, 6), torch.arange(4) % 3), tmp_path, steps=20
    )
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_file_is_written_anew(tmp_path):
    first = train_classifier(modality(), *views(), tmp_path, steps=20)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"half a file")
    again = train_classifier(modality(), *views(), tmp_path, steps=20)
    assert torch.equal(again.classifier.head.weight, first.classifier.head.weight)


def test_training_leaves_the_global_generator_alone():
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    train_classifier(modality(WithDropout), *views(), steps=3)
    assert torch.equal(torch.rand(2), wanted)


def test_a_modality_without_a_classifier_has_none():
    assert train_classifier(modality(Silent), *views()) is None
