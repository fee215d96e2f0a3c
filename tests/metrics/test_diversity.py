"""Diversity: 0 without a style, 1 for real items, a ratio of standard deviations for a Gaussian model."""

import pytest
import torch

from mmcore.batch import UNKNOWN
from mmcore.config import EvaluationSettings, ModalityConfig, ModelConfig
from mmcore.data import Data, Paired, Samples, TensorView, View
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.model import Model
from mmcore.posteriors.conditional import FittedConditional, conditional_posterior
from mmcore.priors.description import PriorDescription

WITHIN, ITEMS = 0.5, 600
NAMES = ("a", "b")


class Redrawn(View):
    """One item of each class, with new noise whenever it is read."""

    def __init__(self, labels):
        self._labels = labels

    def __len__(self):
        return len(self._labels)

    @property
    def labels(self):
        return self._labels

    def fetch(self, indices, noise):
        return 5.0 * self._labels[indices].unsqueeze(1) + WITHIN * noise.normal("noise", 6)


@pytest.fixture
def subject(vectors):
    """Return a function from the size of the styles to a Gaussian model, measured on two classes."""

    def made(style_dim=2, labels=None):
        modalities = {
            name: ModalityConfig(kind="vector", settings={"seed": seed})
            for seed, name in enumerate(NAMES)
        }
        config = ModelConfig(modalities=modalities, content_dim=2, style_dim=style_dim)
        model = Model.from_config(config, catalogue=vectors).eval()
        labels = torch.arange(ITEMS) % 2 if labels is None else labels
        noise = torch.randn(ITEMS, 6, generator=torch.Generator().manual_seed(0))
        centers = labels.reshape(ITEMS, -1)[:, :1] * 5.0
        view = TensorView(centers + WITHIN * noise, labels)
        table = torch.arange(ITEMS).unsqueeze(1).expand(ITEMS, 2)
        source = Paired(dict.fromkeys(NAMES, view), table)
        samples = Samples(source, dict.fromkeys(NAMES, view))
        data = Data({"train": samples, "test": samples}, "sample")
        measured = Subject(model, data, EvaluationSettings(rows=ITEMS * 16))
        # their features are the values, so that they need no training
        vars(measured)["classifiers"] = {
            name: TrainedClassifier(m.classifier(2), 1.0, 0, 0)
            for name, m in model.codec.modalities.items()
        }
        return measured

    return made


def table(metric, subject):
    (result,) = metric("diversity").measure(subject).tables
    assert [c.name for c in result.columns] == [
        f"{n}, {s}" for n in NAMES for s in ("values", "features")
    ]
    assert [*result.rows] == ["(other real items)", "training prior", "a", "b", "a+b"]
    return result


def test_a_gaussian_model_has_the_ratio_of_the_standard_deviations(subject, metric):
    """Each element of a value varies over styles by the length of its row of loadings."""
    measured = subject()
    result = table(metric, measured)
    for place, name in enumerate(NAMES):
        loading = measured.model.codec[name].loading.detach()[:, 2:]
        wanted = float(loading.norm(dim=1).mean()) / WITHIN
        for row in ("training prior", "a", "b", "a+b"):
            # the classifier of these modalities reads the values themselves
            assert result.rows[row][2 * place] == pytest.approx(wanted, rel=0.03), (row, name)
            assert result.rows[row][2 * place] == result.rows[row][2 * place + 1]


def test_the_error_is_the_distance_from_the_true_ratio(subject, metric):
    result = table(metric, subject())
    for place in range(4):
        value, error = (
            result.rows["(other real items)"][place],
            result.errors["(other real items)"][place],
        )
        assert 0 < error < 0.02
        assert abs(value - 1) < 4 * error


def test_real_items_of_a_class_score_one_and_identical_values_zero(subject, metric):
    result = table(metric, subject(style_dim=0))
    assert result.rows["(other real items)"] == pytest.approx((1.0,) * 4, rel=0.02)
    for row in ("training prior", "a", "b", "a+b"):
        assert result.rows[row] == (0.0,) * 4


def test_styles_given_a_subset_are_those_of_the_conditional_prior(subject, metric):
    """Here all styles that it draws are equal."""
    measured = subject()
    model, settings = measured.model, measured.settings
    options = {"width": 4, "steps": 1}
    description = PriorDescription(kind="diffusion", options=options, covers="all")
    posterior = conditional_posterior(description, model.context, model.generation)
    posterior.densities.styles.scale.zero_()
    model.fitted_conditional = FittedConditional(description, posterior)
    vars(measured)["settings"] = settings.model_copy(update={"fusion": "conditional", "rows": 160})
    rows = table(metric, measured).rows
    assert rows["a"] == rows["b"] == rows["a+b"] == pytest.approx((0.0,) * 4, abs=1e-5)
    assert min(rows["training prior"]) > 0.1


def test_items_that_are_redrawn_vary_even_if_each_class_has_one(subject, metric):
    """As the words of the modality text, each at another position whenever it is read."""
    measured = subject()
    for name in NAMES:
        measured.data.test.views[name] = Redrawn(torch.tensor([0, 1]))
    result = table(metric, measured)
    assert result.rows["(other real items)"] == pytest.approx((1.0,) * 4, rel=0.02)
    whole = table(metric, subject())
    assert result.rows["a"] == pytest.approx(whole.rows["a"], rel=0.03)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (torch.full((ITEMS,), UNKNOWN), "a held-out sample has no class"),
        (torch.randint(0, 2, (ITEMS, 3)), "labels are binary attributes"),
    ],
)
def test_samples_without_a_class_are_one_sentence(subject, metric, labels, reason):
    with pytest.raises(MmcoreError, match=reason):
        metric("diversity").measure(subject(labels=labels))
