"""Answers of a model, mixed with those of a regression of each table from the others."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Ridge

from mmcore import Model, MultimodalVAE
from mmcore.errors import MmcoreError
from mmcore.fitted import REGRESSION
from mmcore.inference.prediction.masked_rows import MaskedRows, merged_by_given
from mmcore.inference.prediction.pooling import pooled_draws
from mmcore.inference.prediction.predictive import pooled_predictive, pooled_samples
from mmcore.inference.prediction.stacking import mixing_weight
from mmcore.noise import Noise
from mmcore.regression import Mixing, read_regression

ROWS, PENALTY = 60, 0.2
pytestmark = pytest.mark.complete


def tables(seed=0, count=ROWS):
    rng = np.random.default_rng(seed)
    z = np.random.default_rng(5).normal(size=(3, 9))
    x = rng.normal(size=(count, 3)) @ z + 0.5 * rng.normal(size=(count, 9))
    whole = pd.DataFrame(x, columns=[f"x{n}" for n in range(9)]).set_index(
        pd.Index([f"{seed}-{row}" for row in range(count)])
    )
    return {"left": whole.iloc[:, :5], "right": whole.iloc[:, 5:]}


@pytest.fixture(scope="module")
def fitted():
    return MultimodalVAE(method="factors", steps=10, random_state=0).fit(tables())


@pytest.fixture
def weighted(fitted):
    """Return a function that sets weight and penalty of the regression, with the noise of the model."""
    regression = fitted.model_.regression

    def set_weight(weight):
        mixing = Mixing(penalty=PENALTY, weight=weight)
        by = {"whole": dict.fromkeys(("left", "right"), mixing)}
        by["cells"] = by["whole"]
        description = regression.description.model_copy(update=by | {"noise": {}})
        fitted.model_.regression = replace(regression, description=description)
        return fitted

    yield set_weight
    fitted.model_.regression = regression


def right(estimator, part, ends=("",)):
    table = estimator.impute_table(part, samples=99)
    return [table.filter(regex=rf"^right\.x\d{end}$").to_numpy() for end in ends]


def test_with_weight_one_the_mean_is_that_of_a_ridge_regression(weighted):
    train, new = tables(), tables(1)
    scaled = {n: (t - t.mean()) / t.std(ddof=0) for n, t in train.items()}
    ridge = Ridge(alpha=PENALTY * ROWS).fit(scaled["left"], scaled["right"])
    given = (new["left"] - train["left"].mean()) / train["left"].std(ddof=0)
    expected = ridge.predict(given) * train["right"].std(ddof=0).to_numpy()
    expected = expected + train["right"].mean().to_numpy()
    (actual,) = right(weighted(1.0), {"left": new["left"]})
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-3)


def test_with_weight_zero_answers_are_those_of_the_model(weighted, fitted):
    given = {"left": tables(1)["left"]}
    table = weighted(0.0).impute_table(given, samples=99)
    fitted.model_.regression = None
    pd.testing.assert_frame_equal(table, fitted.impute_table(given, samples=99), check_exact=True)


def test_mean_interval_and_draws_are_moved_alike(weighted):
    given, ends = {"left": tables(1)["left"]}, ("", "__low", "__high")
    none, half, one = (right(weighted(w), given, ends) for w in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half[0], (none[0] + one[0]) / 2, rtol=1e-4, atol=1e-4)
    for end in (1, 2):
        np.testing.assert_allclose(one[end] - none[end], one[0] - none[0], rtol=1e-3, atol=1e-3)


def test_draws_have_the_mean_of_the_answer(weighted):
    model, values = weighted(1.0).model_, tables(1)["left"].to_numpy(dtype=np.float32)
    encoding, noise = model.codec.encode(model._batch({"left": values}, None)), Noise(ROWS)
    with torch.no_grad():
        drawn = pooled_draws([model], [encoding], "generation", 400, noise)
        draws = pooled_samples(drawn, "right", noise)
        mean = pooled_predictive(drawn, "right", 0.9, noise).value
    assert float(((draws.mean(0) - mean) / draws.std(0)).abs().max()) < 5 / 400**0.5


def test_single_cells_are_imputed_and_others_do_not_change(weighted):
    new = tables(1)
    new["right"].iloc[::2, 1] = np.nan
    (none,), (one,) = (right(weighted(w), new) for w in (0.0, 1.0))
    differs = none != one
    assert differs[::2, 1].all()
    assert differs.sum() == ROWS // 2


def test_a_row_without_a_number_has_the_answer_of_the_model(weighted):
    model = weighted(1.0).model_
    encoding = model.codec.encode(model._batch({"left": tables(1)["left"].to_numpy()[:4]}, None))
    mean = torch.zeros(4, 4)
    assert not bool((model.regression.shift(model.codec, encoding, "right", mean) == 0).any())
    without = encoding.restrict(())
    assert bool((model.regression.shift(model.codec, without, "right", mean) == 0).all())


def test_mixed_answers_have_their_own_noise_and_the_model_keeps_its_own(weighted):
    model, values = weighted(1.0).model_, tables(1)["left"].to_numpy(dtype=np.float32)
    encoding, factor = model.codec.encode(model._batch({"left": values}, None)), 3.0
    before = model.codec["right"].noise_factor().clone()

    def answer():
        drawn = pooled_draws([model], [encoding], "generation", 99, Noise(ROWS))
        return pooled_predictive(drawn, "right", 0.9, Noise(ROWS))

    with torch.no_grad():
        narrow = answer()
        model.regression = model.regression.with_noise({"right": factor * float(before)})
        wide = answer()
    assert (wide.high - wide.low).mean() > factor / 2 * (narrow.high - narrow.low).mean()
    assert torch.equal(wide.value, narrow.value)
    assert torch.equal(model.codec["right"].noise_factor(), before)


def test_a_saved_model_has_the_same_regression(fitted, tmp_path):
    fitted.model_.save_pretrained(tmp_path)
    own, read = fitted.model_.regression, Model.from_pretrained(tmp_path).regression
    assert read.description == own.description
    assert torch.equal(read.factors.loadings, own.factors.loadings)
    assert torch.equal(read.factors.offset, own.factors.offset)
    fitted.model_.save_pretrained(tmp_path)
    (tmp_path / REGRESSION).write_bytes(b"\0" * 40)
    with pytest.raises(MmcoreError, match="copy the model again"):
        read_regression(tmp_path)


def test_a_training_without_it_has_none(tmp_path):
    options = {"regression": False}
    estimator = MultimodalVAE(method="factors", steps=2, training=options).fit(tables())
    assert estimator.model_.regression is None
    estimator.model_.save_pretrained(tmp_path)
    assert not (tmp_path / REGRESSION).exists()


def test_the_regression_changes_no_number_of_the_model_and_has_a_noise_of_its_own():
    with_it, alone = (
        MultimodalVAE(method="mmjsd", steps=10, random_state=0, training={"regression": own})
        .fit(tables(0, 5 * ROWS))
        .model_
        for own in (True, False)
    )
    actual = with_it.state_dict()
    assert all(torch.equal(actual[name], x) for name, x in alone.state_dict().items())
    assert set(with_it.regression.description.noise) == {"left", "right"}


def test_the_weight_has_the_smallest_error_of_many_rows_and_one_half_without_rows():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randn(100_000, generator=generator).double()
    m, r = (truth + s * torch.randn(100_000, generator=generator) for s in (1.0, 0.5))
    gap = r - m
    product, square = (gap * (truth - m)).sum(), (gap**2).sum()
    weight = mixing_weight(product, square, torch.tensor(100_000))
    assert weight == pytest.approx(1 / (1 + 0.25), abs=0.01)
    assert mixing_weight(product, square, torch.tensor(1)) == pytest.approx(0.5, abs=0.01)
    assert mixing_weight(*torch.zeros(3)) == 0.5


def test_questions_from_the_same_tables_are_one_question_that_hides_all_others():
    """As many scores are computed as there are sets of given tables, and no hidden table is lost."""
    asked = [("right", "left"), ("third", "left"), ("left", "right"), ("third", "right")]
    cells = [MaskedRows("cells", ("left", "right"), None, {"left": None}) for _ in range(2)]
    whole = [MaskedRows("whole", (given,), None, {name: None}) for given, name in asked]
    merged = merged_by_given([*whole, *cells])
    hidden = [(masked.names, list(masked.hidden)) for masked in merged[:-2]]
    expected = {("right",): ["left"], ("third",): ["left", "right"], ("left",): ["right"]}
    assert hidden == list(expected.items())
    assert merged[-2:] == cells
