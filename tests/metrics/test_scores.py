"""Labels that are binary attributes, from scores to tables."""

import pytest
import torch

from mmcore.batch import UNKNOWN
from mmcore.data import Paired, TensorView
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.representations import Representations
from mmcore.metrics.classifiers import train_classifier
from mmcore.metrics.figures.pictures import one_of_each
from mmcore.metrics.generation.coherence import coherence
from mmcore.metrics.representation.latent_map import latent_map
from mmcore.metrics.representation.linear_probe import probe
from mmcore.metrics.scores import average_precisions, base_rates, mean_precision, score
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings


def by_hand(labels, scores):
    """The mean of the precision at every item that has the attribute, best first; no ties."""
    ranked = labels[scores.argsort(descending=True)].double()
    precision = ranked.cumsum(0) / torch.arange(1, len(ranked) + 1)
    return float(precision[ranked == 1].mean())


def test_average_precision_is_that_of_the_definition():
    generator = torch.Generator().manual_seed(0)
    labels = (torch.rand(60, 4, generator=generator) < torch.tensor([0.1, 0.5, 0.9, 0])).long()
    scores = torch.randn(60, 4, generator=generator)
    result = average_precisions(labels, scores)
    for i in range(3):
        assert result[i] == pytest.approx(by_hand(labels[:, i], scores[:, i]))
    assert result[3] is None
    assert mean_precision(result) == pytest.approx(sum(result[:3]) / 3)
    assert score(labels, scores) == mean_precision(result)


def test_knowing_nothing_scores_the_base_rate():
    labels = (torch.rand(400, 3, generator=torch.Generator().manual_seed(0)) < 0.2).long()
    result = average_precisions(labels, torch.zeros(400, 3))
    assert result == pytest.approx(base_rates(labels))


def test_classes_are_scored_by_accuracy():
    assert score(torch.tensor([0, 1, 1]), torch.eye(2)[[0, 1, 0]]) == pytest.approx(2 / 3)


def test_a_probe_tells_attributes_apart_beside_their_base_rates():
    x = torch.randn(600, 2, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(600, generator=torch.Generator().manual_seed(1))
    labels = torch.stack([x[:, 0] > 0, noise > 1, torch.zeros(600).bool()], 1).long()
    half = [
        Representations({"x": x[r]}, {"x": x[r, 1:]}, labels[r])
        for r in (slice(300), slice(300, 600))
    ]
    report = probe(*half)
    clear, unknown, absent = report.attributes["x"]
    assert clear == pytest.approx(1, abs=0.01)
    assert unknown < 0.4
    assert absent is None
    assert report.rates == base_rates(labels[300:])
    assert report.chance == pytest.approx(sum(report.rates) / 3)
    assert report.content["x"] == pytest.approx((clear + unknown) / 2, abs=1e-4)
    assert report.styles["x"] < report.content["x"]


def attributed(rows):
    """Items of four classes, labeled by two attributes: the class's two binary digits."""
    labels = torch.arange(rows) % 4
    digits = torch.stack([labels // 2, labels % 2], 1)
    return TensorView(torch.eye(4)[labels], digits)


class Digits:
    """A classifier that reads two attributes off a one-hot class."""

    def logits(self, inputs):
        return inputs @ torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def test_coherence_of_attributes_is_mean_average_precision(rigged):
    rows, view = 400, attributed(400)
    model, _, _ = rigged(a="same", b="anything")
    source = Paired({"a": view, "b": view}, torch.arange(rows).unsqueeze(1).expand(rows, 2))
    classifiers, given = {"a": Digits(), "b": Digits()}, [("a",), ("b",), ("a", "b")]
    result = coherence(
        model, source, torch.arange(rows), classifiers, given, named_posterior(model, "product")
    )
    assert result.attributes["b"]["a"] == pytest.approx((1, 1))
    assert result.classified["b"]["a"] == pytest.approx(1)
    # a style drawn at random says nothing of the attributes, whose base rate is one half
    assert result.classified["a"]["b"] == pytest.approx(0.5, abs=0.1)
    assert result.rates == (0.5, 0.5)
    assert result.joint == {}


def test_a_classifier_of_attributes_learns_each_of_them():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(400, 6, generator=generator)
    view = TensorView(values, torch.stack([values[:, 0] > 0, values[:, 1] > 1], 1).long())
    result = train_classifier(LinearGaussian(LinearGaussianSettings(), Context.of(2)), view, view)
    logits = result.logits(values)
    assert logits.shape == (400, 2)
    assert result.score == pytest.approx(score(view.labels, logits))
    assert result.score > 0.9


def test_figures_take_attributes(rigged):
    model, _, _ = rigged(a="same", b="same")
    view = attributed(40)
    source = Paired({"a": view, "b": view}, torch.arange(40).unsqueeze(1).expand(40, 2))
    assert one_of_each(source).labels.shape == (10, 2)
    assert torch.equal(one_of_each(source).labels, one_of_each(source).labels)
    figure = latent_map(model, source, "title", attributes=["first", "second"])
    drawn = [sum(len(c.get_offsets()) for c in axes.collections) for axes in figure.axes]
    assert drawn == [40, 40]  # principal components, and t-SNE
    assert figure.axes[-1].get_legend().get_title().get_text() == "first"
    assert source.fetch(torch.arange(3), Noise(3)).labels.shape == (3, 2)


def test_the_map_of_samples_without_labels_has_no_legend(rigged):
    model, _, _ = rigged(a="same", b="same")

    unlabeled = TensorView(torch.eye(4)[torch.arange(20) % 4], torch.full((20,), UNKNOWN))
    source = Paired({"a": unlabeled, "b": unlabeled}, torch.arange(20).unsqueeze(1).expand(20, 2))
    assert latent_map(model, source, "title").axes[-1].get_legend() is None
