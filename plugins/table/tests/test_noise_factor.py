"""The noise of tables, set on held-out rows so that intervals cover them as often as they should."""

from dataclasses import replace

import pytest
import torch

from mmcore import Batch, Catalogue
from mmcore.data import Source
from mmcore.factors import Factors
from mmcore.inference.prediction.masked_rows import fitted_rows
from mmcore.inference.prediction.mixed_noise import fit_mixed_noise
from mmcore.inference.prediction.noise_factors import fit_noise_factors
from mmcore.inference.prediction.pooling import pooled_draws
from mmcore.inference.prediction.predictive import pooled_predictive
from mmcore.inference.prediction.stacking import fit_regression, refitted
from mmcore.model import Model, ModelConfig
from mmcore.noise import Noise
from mmcore.regression import Mixing

ROWS, COLUMNS = 400, 6


class Fixed(Source):
    """Rows of tables in memory."""

    def __init__(self, batch):
        self.batch = batch

    def __len__(self):
        return len(self.batch)

    def fetch(self, indices, noise):
        own = (self.batch.values, self.batch.present)
        values, present = ({n: x[indices] for n, x in part.items()} for part in own)
        return replace(self.batch, values=values, present=present)


def linear_model(names, noise, kind="real"):
    """Return a model of tables that is linear, and whose noise is ``noise`` times what `rows` have."""
    columns = [{"name": f"x{i}", "kind": kind} for i in range(COLUMNS)]
    settings = {"fitted": columns, "linear": True, "width": 8}
    config = ModelConfig(
        modalities={name: {"kind": "table", "settings": settings} for name in names},
        content_dim=2,
        method="factors",
        style_dim=0,
        options={"beta": 1.0},
    )
    model = Model.from_config(config, catalogue=Catalogue.discover()).eval()
    for place, name in enumerate(names):
        w, variance = loadings(place), torch.full((COLUMNS,), 0.5)
        factors = Factors(w, torch.zeros(COLUMNS), variance, variance * noise**2)
        model.codec[name].start_linear(factors)
    return model


def loadings(place):
    return torch.randn(COLUMNS, 2, generator=torch.Generator().manual_seed(place))


def rows(names, count=ROWS, seed=9):
    generator = torch.Generator().manual_seed(seed)
    c = torch.randn(count, 2, generator=generator)
    noise = {n: 0.5**0.5 * torch.randn(count, COLUMNS, generator=generator) for n in names}
    return Batch.of({n: c @ loadings(place).T + noise[n] for place, n in enumerate(names)})


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c")])
@pytest.mark.parametrize("noise", [0.6, 1.0, 1.5])
def test_a_noise_that_is_wrong_by_a_factor_is_divided_by_it(names, noise):
    model = linear_model(names, noise)
    factors = fit_noise_factors(model, Fixed(rows(names)), seed=0)
    assert set(factors) == set(names)
    for name, factor in factors.items():
        # The noise of the start counts as three hundred numbers beside these 2,400.
        assert factor == pytest.approx((1 / noise) ** (8 / 9), rel=0.1)
        assert float(model.codec[name].noise_factor()) == pytest.approx(factor)


def test_the_factor_is_part_of_the_saved_model_and_few_rows_leave_it_at_1():
    model = linear_model(("a", "b"), 0.5)
    few = rows(("a", "b"))
    few = replace(few, present={"a": few.present["a"], "b": torch.arange(ROWS) < 9}, complete=set())
    assert fit_noise_factors(model, Fixed(few), seed=0) == {}
    saved = {n: x for n, x in model.state_dict().items() if n.endswith("noise_factor")}
    assert [float(x) for x in saved.values()] == [1.0, 1.0]


def test_the_factor_widens_the_spread_of_counts_beyond_that_of_a_poisson_distribution():
    model = linear_model(("a", "b"), 1.0, kind="count")
    content, style = torch.zeros(4000, 2), torch.zeros(4000, 0)

    def spread():
        draws = model.codec["a"].decode(content, style).sample()
        return float((draws.var(0) - draws.mean(0)).mean())

    before = spread()
    model.codec["a"].noise_factor().fill_(2.0)
    assert spread() == pytest.approx(4 * before, rel=0.3)


def test_a_table_of_levels_alone_has_no_factor():
    columns = [{"name": "x", "kind": "ordered", "categories": ["0", "1", "2"]}]
    modality = {"kind": "table", "settings": {"fitted": columns}}
    config = ModelConfig(modalities={"a": modality, "b": modality}, content_dim=2)
    model = Model.from_config(config, catalogue=Catalogue.discover()).eval()
    levels = torch.randint(3, (ROWS, 1), generator=torch.Generator().manual_seed(0)).float()
    assert fit_noise_factors(model, Fixed(Batch.of({"a": levels, "b": levels})), seed=0) == {}


def with_regression(noise, seed, training=200, few=12, mixing=None):
    """Return a model whose mixed answers have a noise of their own, set by few validation rows."""
    model = linear_model(("a", "b"), noise)
    train, held_out = (Fixed(rows(("a", "b"), n, seed + n)) for n in (training, few))
    known = fitted_rows(model, (train, held_out), seed)
    regression = fit_regression(model, known, seed)
    if mixing is not None:
        update = {"whole": dict.fromkeys(("a", "b"), mixing)}
        description = regression.description.model_copy(update=update)
        regression = replace(regression, description=description)
    model.regression = regression
    factors = fit_mixed_noise(model, known, seed)
    model.regression = refitted(model.regression.with_noise(factors), known)
    return model


def coverage(model, name, given, batch):
    encoding, noise = model.codec.encode(batch).restrict([given]), Noise(len(batch))
    with torch.no_grad():
        drawn = pooled_draws([model], [encoding], "generation", 99, noise)
        answer = pooled_predictive(drawn, name, 0.9, noise)
    truth = batch.values[name]
    return float(((answer.low <= truth) & (truth <= answer.high)).double().mean())


@pytest.mark.parametrize(
    "noise", [0.6, *(pytest.param(n, marks=pytest.mark.slow) for n in (1.0, 1.5))]
)
def test_mixed_answers_cover_new_rows_though_the_validation_rows_are_few(noise):
    new = rows(("a", "b"), 1000, 77)
    models = [with_regression(noise, 100 * seed) for seed in range(4)]
    covered = [coverage(m, *pair, new) for m in models for pair in (("a", "b"), ("b", "a"))]
    assert covered == pytest.approx([0.9] * len(covered), abs=0.03)
    assert sum(covered) / len(covered) == pytest.approx(0.9, abs=0.015)


def test_a_bad_regression_with_a_small_weight_does_not_widen_the_intervals():
    bad = Mixing(penalty=1e-6, weight=0.02)
    models = [with_regression(1.0, 100 * seed, 30, 20, bad) for seed in range(4)]
    new = rows(("a", "b"), 1000, 77)
    covered = [coverage(m, *pair, new) for m in models for pair in (("a", "b"), ("b", "a"))]
    assert sum(covered) / len(covered) == pytest.approx(0.9, abs=0.02)


def test_the_factor_of_mixed_answers_leaves_that_of_the_model_and_needs_a_regression():
    model = with_regression(0.6, 0)
    assert set(model.regression.description.noise) == {"a", "b"}
    assert [float(model.codec[name].noise_factor()) for name in ("a", "b")] == [1.0, 1.0]
    model.regression = None
    source = Fixed(rows(("a", "b")))
    assert fit_mixed_noise(model, fitted_rows(model, (source, source), 0), 0) == {}


def test_each_row_is_held_out_once_and_the_splits_are_fitted_once():
    model = linear_model(("a", "b"), 1.0)
    known = fitted_rows(model, [Fixed(rows(("a", "b"), n, n)) for n in (30, 12)], 0)
    for batch, features in enumerate(known.features):
        held_out = torch.stack([split.held_out[batch] for split in known.splits])
        assert held_out.shape == (5, len(features))
        assert bool((held_out.sum(0) == 1).all())
    assert known.splits[0] is known.splits[0]


def test_too_few_samples_give_no_fitted_rows():
    model = linear_model(("a", "b"), 1.0)
    assert fitted_rows(model, [Fixed(rows(("a", "b"), 9, 0))], 0) is None
