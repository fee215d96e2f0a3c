"""Conformal intervals of a model that is wrong: it is trained on data with a tenth of the noise."""

import numpy as np
import pandas as pd
import pytest

from mmcore import MmcoreError, MultimodalVAE

LEVEL, CALIBRATION, TEST = 0.8, 150, 500


def tables(rows, noise, seed):
    """Return two dependent tables, (rows, 3) each."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(rows, 1))
    values = {name: factor * [1.0, -2.0, 0.5] + noise * rng.normal(size=(rows, 3)) for name in "ab"}
    return {
        name: pd.DataFrame(x, columns=[f"{name}{c}" for c in "xyz"]) for name, x in values.items()
    }


@pytest.fixture(scope="module")
def vae():
    return MultimodalVAE(steps=60, learning_rate=0.02, random_state=0).fit(tables(200, 0.1, seed=0))


@pytest.fixture(scope="module")
def whole():
    return {"held out": tables(CALIBRATION, 1.0, seed=1), "new": tables(TEST, 1.0, seed=2)}


def coverage(vae, seen, truth, conformal):
    """Return the share of the hidden cells that are in their intervals, over all columns."""
    table = vae.impute_table(seen, level=LEVEL, samples=19, conformal=conformal)
    columns = [c.removesuffix("__low") for c in table if c.endswith("__low") and "b" in c]
    within = [
        (table[f"{c}__low"] <= truth[c.split(".")[-1]])
        & (truth[c.split(".")[-1]] <= table[f"{c}__high"])
        for c in columns
    ]
    hidden = pd.concat([~table[f"{c}__observed"].astype(bool) for c in columns], axis=1)
    return float(pd.concat(within, axis=1).to_numpy()[hidden.to_numpy()].mean())


def test_a_hidden_modality_is_covered_by_a_wrong_model(vae, whole):
    new = whole["new"]
    seen = {"a": new["a"]}
    assert coverage(vae, seen, new["b"], None) < LEVEL - 0.2
    actual = coverage(vae, seen, new["b"], whole["held out"])
    # the coverage given the calibration rows varies by sqrt(.8 * .2 / 150) = .03 for each column
    assert actual == pytest.approx(LEVEL, abs=0.06)


def test_hidden_cells_are_covered_although_the_model_has_seen_them_elsewhere():
    def independent(rows, seed):
        values = np.random.default_rng(seed).normal(size=(rows, 3))
        return {"b": pd.DataFrame(values, columns=["bx", "by", "bz"])}

    # the model copies a cell that it sees, and knows nothing of one that is hidden
    vae = MultimodalVAE(
        content_dim=3, steps=150, learning_rate=0.03, random_state=0, validation=None
    )
    vae.fit(independent(200, seed=0))
    new, rng = independent(TEST, seed=2)["b"], np.random.default_rng(3)
    hidden = new.mask(np.arange(3) == rng.integers(3, size=(TEST, 1)))
    actual = coverage(vae, {"b": hidden}, new, independent(400, seed=1))
    assert actual == pytest.approx(LEVEL, abs=0.06)


def test_observed_cells_and_values_do_not_change(vae, whole):
    new = {"a": whole["new"]["a"][:9], "b": whole["new"]["b"][:4]}
    plain = vae.impute_table(new, level=LEVEL, samples=19)
    scaled = vae.impute_table(new, level=LEVEL, samples=19, conformal=whole["held out"])
    bounds = [c for c in plain if c.endswith(("__low", "__high"))]
    pd.testing.assert_frame_equal(plain.drop(columns=bounds), scaled.drop(columns=bounds))
    pd.testing.assert_frame_equal(plain[bounds].isna(), scaled[bounds].isna())


def test_too_few_rows_are_one_sentence(vae, whole):
    few = {name: frame[:3] for name, frame in whole["held out"].items()}
    with pytest.raises(
        MmcoreError, match="b given a are calibrated on 3 held-out records"
    ) as error:
        vae.impute_table({"a": whole["new"]["a"]}, level=LEVEL, samples=19, conformal=few)
    assert "expected at least 4 at level 0.8" in str(error.value)
