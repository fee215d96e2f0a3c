from dataclasses import replace

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from torch.distributions import Normal, kl_divergence

from mmcore.config import ModalityConfig, ModelConfig
from mmcore.data import Paired, TensorView
from mmcore.inference.representation.representations import Representations, represent
from mmcore.metrics.representation.linear_probe import comparable, probe
from mmcore.model import Model


def separable(rows, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(rows) % 3
    noise = torch.randn(rows, 3, generator=generator)
    clear = 5 * torch.eye(3)[labels] + 0.1 * noise
    return Representations({"clear": clear, "empty": noise}, {}, labels)


def test_separable_classes_are_found_and_noise_is_at_chance():
    report = probe(separable(300, 0), separable(900, 1))
    assert report.content["clear"] == 1.0
    assert report.content["empty"] == pytest.approx(1 / 3, abs=5 * (2 / 9 / 900) ** 0.5)
    assert report.chance == pytest.approx(1 / 3)
    assert report.score == "accuracy"


def test_rare_classes_count_as_much_in_the_balanced_accuracy():
    labels = torch.tensor([0] * 80 + [1] * 20)
    same = Representations({"nothing": torch.zeros(100, 2)}, {}, labels)
    result = probe(same, same).discrimination["nothing"]
    assert (result.accuracy, result.balanced, result.auroc) == (0.8, 0.5, 0.5)
    result = probe(separable(300, 0), separable(900, 1)).discrimination["clear"]
    assert (result.accuracy, result.balanced, result.auroc) == (1.0, 1.0, 1.0)


def test_a_class_that_training_never_had_is_missed_and_not_ranked():
    train, test = separable(300, 0), separable(900, 1)
    unseen = Representations(test.content, {}, torch.where(test.labels == 2, 9, test.labels))
    result = probe(train, unseen).discrimination["clear"]
    assert result.balanced == pytest.approx(2 / 3)
    assert result.auroc == 1.0


@pytest.mark.parametrize(("nats", "warned"), [(0.0, 0), (0.04, 0), (2.0, 1)])
def test_a_style_without_information_is_not_said_to_leak(nats, warned):
    """Means that differ by less than the noise of the draws predict the label, and no draw does."""
    halves = [separable(300, 0), separable(900, 1)]
    train, test = (
        Representations(
            {"a": half.content["clear"]},
            {"a": half.content["clear"]},
            half.labels,
            style_nats={"a": torch.full((len(half.labels),), nats)},
        )
        for half in halves
    )
    report = probe(train, test)
    assert report.styles["a"] > 0.9
    assert len(report.warnings()) == warned


def attributes(rows, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 4, generator=generator)
    noisy = x + 0.7 * torch.randn(rows, 4, generator=generator)
    labels = (noisy > torch.tensor([0.0, 1.0, 2.0, 99.0])).long()  # the last is never there
    return Representations({"x": x}, {}, labels)


def test_attributes_are_scored_by_average_precision_over_the_whole_test_set():
    train, test = attributes(400, 0), attributes(400, 1)
    wanted = []
    for i in range(3):
        fitted = LogisticRegression(max_iter=1000).fit(train.content["x"], train.labels[:, i])
        scores = fitted.predict_proba(test.content["x"])[:, 1]
        wanted.append(average_precision_score(test.labels[:, i], scores))
    report = probe(train, test)
    assert report.content["x"] == pytest.approx(sum(wanted) / 3, abs=1e-4)
    assert report.score == "mean average precision"
    assert report.chance == pytest.approx(float(test.labels.double().mean()))


def test_the_divergence_of_a_style_is_measured_where_the_modality_is_present(vectors):
    """The exact posterior of a linear-Gaussian style; a row without the modality does not count."""
    modalities = {name: ModalityConfig(kind="vector") for name in "ab"}
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=2)
    model = Model.from_config(config, catalogue=vectors).eval()
    labels = torch.arange(600) % 3
    values = torch.randn(600, 6, generator=torch.Generator().manual_seed(0)) + labels.unsqueeze(1)
    view, table = TensorView(values, labels), torch.arange(600).unsqueeze(1).expand(600, 2)
    samples = represent(model, Paired(dict.fromkeys("ab", view), table), 600)
    loc = samples.styles["a"]
    logvar = model.codec["a"].logvar.detach()[2:].expand_as(loc)
    wanted = kl_divergence(Normal(loc, (0.5 * logvar).exp()), Normal(0.0, 1.0)).sum(1)
    assert samples.style_nats["a"] == pytest.approx(wanted.numpy(), rel=1e-5)
    half = torch.arange(600) < 300
    some = replace(samples, present={"a": half})
    assert probe(some, some).style_nats["a"] == pytest.approx(float(wanted[half].mean()), rel=1e-5)


def holed(rows, seed):
    """`a` predicts the label, and is missing where the label is hard."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(rows) % 2
    has = torch.rand(rows, generator=generator) < 0.5
    noise = torch.where(has, 0.1, 3.0).unsqueeze(1) * torch.randn(rows, 1, generator=generator)
    x = labels.unsqueeze(1) + noise
    present = {"a": has, "b": torch.ones(rows, dtype=torch.bool), "a+b": has}
    return Representations({"a": x, "b": x, "a+b": x}, {}, labels, present)


def test_subsets_are_compared_on_the_same_samples():
    train, test = holed(2000, 0), holed(1000, 1)
    own, same = probe(train, test), probe(train, comparable(test))
    assert own.counts["b"] == 1000
    assert own.content["a"] - own.content["b"] > 0.1, "b is tested on other samples"
    assert len(set(same.counts.values())) == 1
    assert same.content["a"] == pytest.approx(same.content["b"], abs=0.02)
    few = holed(12, 2)
    assert comparable(few) is few
    everywhere = holed(40, 3)
    nowhere = replace(everywhere, present={n: has & False for n, has in everywhere.present.items()})
    assert comparable(nowhere) is nowhere


def test_the_interval_of_an_accuracy_covers_it():
    train, covered = separable(60, 0), 0
    noisy = Representations({"empty": separable(60, 0).content["empty"]}, {}, train.labels)
    for seed in range(16):
        part = separable(36, seed + 1)
        empty = Representations({"empty": part.content["empty"]}, {}, part.labels)
        low, high = probe(noisy, empty).interval("empty")
        assert 0.2 < high - low < 0.4
        covered += low <= 1 / 3 <= high
    assert covered >= 13
