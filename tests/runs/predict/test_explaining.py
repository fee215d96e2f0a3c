"""Explanations of predicted values on a linear-Gaussian study, in which each is a product of matrices."""

from types import SimpleNamespace

import pytest
import torch

from mmcore.cli.explain import is_mixed
from mmcore.errors import MmcoreError
from mmcore.inference.explanation.explanations import Target
from mmcore.inference.prediction.posterior_draws import posterior_draws
from mmcore.runs.prediction import explaining
from mmcore.runs.prediction.explaining import DRAWS, explain
from mmcore.runs.prediction.query import open_query
from mmcore.runs.run import Run

OFTEN = ("p012", "m1.x2")
"""A record with all modalities, and a column."""


@pytest.fixture
def explained(linear):
    run = Run.open(linear.run, linear.catalogue)
    everything, training = open_query(run), open_query(run, split="train")
    return lambda record, column: explain(everything, training, record, column)


def width(explanation):
    low, high = explanation.interval
    return high - low


def gains(world, names):
    """Return how the posterior mean of the content depends on each modality, (D, F)."""
    loading, offset, variance = world._stacked(names)
    full = loading @ loading.T + variance.diag()
    gain = loading[:, :2].T @ torch.linalg.inv(full)
    return dict(zip(names, gain.split(4, 1), strict=True)), dict(
        zip(names, offset.split(4), strict=True)
    )


def exact(linear, row, target, names):
    """Return the mean of an element of `m1` given other modalities of a row."""
    decoder = linear.world.codec["m1"]
    if not names:
        return float(decoder.offset[target].detach())
    gain, offset = gains(linear.world, names)
    content = sum(gain[n] @ (linear.values[n][row] - offset[n]) for n in names)
    return float((decoder.loading[target, :2] @ content + decoder.offset[target]).detach())


def error(linear, row):
    """Return a bound of the standard error of the mean of `m1.x2` over draws given one modality."""
    loading = linear.world.codec["m1"].loading[2, :2].detach()
    single = [linear.world.posterior({n: linear.values[n][row : row + 1]}) for n in ("m0", "m2")]
    variance = max(float((loading**2 * q.logvar.exp()).sum()) for q in single)
    return (variance / DRAWS) ** 0.5


def test_a_value_is_explained_by_the_change_without_each_modality(linear, explained):
    single = {
        row: [exact(linear, row, 2, (name,)) for name in ("m0", "m2")] for row in range(10, 25)
    }
    row = max(single, key=lambda row: abs(single[row][0] - single[row][1]))
    actual = explained(f"p{row:03d}", "m1.x2")
    assert actual.observed
    assert set(actual.modalities["modality"]) == {"m0", "m2"}
    spread = error(linear, row)
    assert abs(single[row][0] - single[row][1]) > 10 * spread
    assert actual.value == pytest.approx(exact(linear, row, 2, ("m0", "m2")), abs=5 * spread)
    changes = actual.modalities.set_index("modality")
    for name, other in (("m0", "m2"), ("m2", "m0")):
        wanted = exact(linear, row, 2, (other,))
        assert changes.loc[name, "without"] == pytest.approx(wanted, abs=5 * spread)
        share = (actual.value - changes.loc[name, "without"]) / width(actual)
        assert changes.loc[name, "intervals"] == pytest.approx(share)
    assert actual.modalities["change"].abs().is_monotonic_decreasing


def test_the_cells_contribute_what_the_matrices_state(linear, explained):
    actual = explained(*OFTEN)
    gain, _ = gains(linear.world, ("m0", "m2"))
    weights = {n: linear.world.codec["m1"].loading[2, :2] @ gain[n] for n in gain}
    training = open_query(Run.open(linear.run, linear.catalogue), split="train").splits[0]
    parts = actual.cells.set_index("cell")["contribution"]
    for name, weight in weights.items():
        batch = training.fetch(training.rows)
        average = batch.values[name][batch.present[name]].mean(0)
        wanted = weight.detach() * (linear.values[name][12] - average)
        for place, number in enumerate(wanted.tolist()):
            assert parts[f"{name}.x{place}"] == pytest.approx(number, abs=1e-4)
    assert parts.sum() == pytest.approx(actual.end - actual.start, abs=1e-4)
    assert actual.end == pytest.approx(exact(linear, 12, 2, ("m0", "m2")), abs=1e-4)
    assert parts.abs().is_monotonic_decreasing


def test_without_its_only_modality_a_value_is_that_of_the_prior(linear, explained, monkeypatch):
    def checked(model, encoding, draws, noise):
        assert encoding.present.any(), "the posterior of a row without a modality is arbitrary"
        return posterior_draws(model, encoding, draws, noise)

    monkeypatch.setattr("mmcore.inference.explanation.explanations.posterior_draws", checked)
    actual = explained("p001", "m1.x0")
    assert not actual.observed
    (only,) = actual.modalities.to_dict("records")
    assert only["modality"] == "m0"
    assert only["without"] == pytest.approx(exact(linear, 1, 0, ()), abs=5 / DRAWS**0.5)
    assert actual.value == pytest.approx(
        exact(linear, 1, 0, ("m0",)), abs=3 * width(actual) / DRAWS**0.5
    )


@pytest.mark.parametrize(
    ("record", "column", "sentence"),
    [
        ("p999", "m1.x0", "no record has the id 'p999', expected one of 40.*did you mean 'p0"),
        ("p012", "m1.x9", "no modality has a column 'm1.x9'.*did you mean 'm1.x"),
        ("p012", "x0", "'x0' is a column of several modalities; write m0.x0, m1.x0, m2.x0"),
        ("p001", "m0.x0", "record 'p001' has no modality but 'm0'"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(explained, record, column, sentence):
    with pytest.raises(MmcoreError, match=sentence):
        explained(record, column)


def test_the_target_of_a_category_is_the_probability_of_its_own_class():
    unit = torch.tensor([torch.nan, 1.0, torch.nan])
    modality = SimpleNamespace(
        unit=lambda: unit, event_shape=(3,), class_probabilities=lambda likelihood: likelihood
    )
    model = SimpleNamespace(codec={"a": modality})
    shares = torch.tensor([[[0.9, 0.1], [0.3, 0.7]]])
    assert Target("a", 2, code=1).of(model, shares).tolist() == pytest.approx([0.7])
    assert Target("a", 0, code=0).of(model, shares).tolist() == pytest.approx([0.9])
    modality.class_probabilities = lambda likelihood: None
    with pytest.raises(MmcoreError, match="no probabilities of categories"):
        Target("a", 0, code=0).of(model, shares)


def test_a_number_that_a_regression_changes_has_a_note():
    number, category = SimpleNamespace(interval=(1.0, 2.0)), SimpleNamespace(interval=None)
    mixed, unmixed = SimpleNamespace(names={"blood"}), SimpleNamespace(names=set())
    assert is_mixed(number, mixed)
    assert not is_mixed(number, unmixed)
    assert not is_mixed(number, None)
    assert not is_mixed(category, mixed)


def test_averages_are_those_of_the_observed_numbers(monkeypatch):
    values = torch.tensor([[1.0, 5.0, 0.0], [3.0, torch.nan, 1.0], [99.0, 99.0, 99.0]])
    batch = SimpleNamespace(values={"a": values}, present={"a": torch.tensor([True, True, False])})
    split = SimpleNamespace(rows=torch.arange(3), fetch=lambda rows: batch)
    model = SimpleNamespace(codec={"a": SimpleNamespace(event_shape=torch.Size([3]))})
    reader = SimpleNamespace(columns=lambda: ("x", "y", "word"))
    query = SimpleNamespace(readers={"a": reader}, model=model, splits=[split])
    monkeypatch.setattr(explaining, "on_scale", lambda *_: torch.tensor([True, True, False]))
    average = explaining._average(query, "a")
    assert average[:2].tolist() == [2.0, 5.0]
    assert average[2].isnan()
