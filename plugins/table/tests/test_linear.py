"""Tables with the method ``factors``: the linear model at the start, and networks beside it."""

import numpy as np
import pandas as pd
import pytest
import torch

from mmcore import Batch, Catalogue, MultimodalVAE
from mmcore.factors import factor_analysis
from mmcore.inference.prediction.predictive import style_mean
from mmcore.model import Model, ModelConfig
from mmcore.runs.prediction.held_out import _advice
from mmcore.runs.training.setup import TrainingSetup

ROWS = 60


def tables():
    random = np.random.default_rng(0)
    c = random.normal(size=(ROWS, 2))
    x = c @ random.normal(size=(2, 7)) + 0.3 * random.normal(size=(ROWS, 7))
    x[random.random(x.shape) < 0.1] = np.nan
    frame = pd.DataFrame(x).add_prefix("x")
    return {"a": frame.iloc[:, :3], "b": frame.iloc[:40, 3:]}


def model_of(frames):
    columns = {
        name: [
            {"name": c, "kind": "real", "loc": float(t[c].mean()), "scale": float(t[c].std())}
            for c in t
        ]
        for name, t in frames.items()
    }
    config = ModelConfig(
        modalities={
            n: {"kind": "table", "settings": {"fitted": c, "linear": True}}
            for n, c in columns.items()
        },
        content_dim=2,
        method="factors",
        options={"beta": 1.0, "shrinkage": 1.0},
    )
    return Model.from_config(config, catalogue=Catalogue.discover()).eval()


def batch_of(frames):
    cells = {n: torch.tensor(t.reindex(range(ROWS)).to_numpy()).float() for n, t in frames.items()}
    return Batch.of(cells, {"b": torch.arange(ROWS) < 40})


@pytest.mark.parametrize("given", [["a"], ["b"], ["a", "b"]])
def test_the_start_imputes_as_the_factor_analysis(given):
    frames = tables()
    model, batch = model_of(frames), batch_of(frames)
    model.inference.start(batch)
    numbers = [model.codec[n].linear_features(batch.values[n]) for n in ("a", "b")]
    x = torch.cat(numbers, dim=1).double()
    factors = factor_analysis(x, 2, 1.0)
    hidden = [n for n in ("a", "b") if n not in given]
    seen = x.clone()
    for name in hidden:
        seen[:, slice(0, 3) if name == "a" else slice(3, 7)] = torch.nan
    expected = factors.expected(factors.posterior_mean(seen))
    with torch.no_grad():
        encoding = model.codec.encode(batch).restrict(given)
        content = model.generation(encoding).mean
        decoded = [
            model.codec.decode(n, content, style_mean(model.codec, encoding, n)).mean
            for n in ("a", "b")
        ]
    guess = torch.cat(
        [model.codec[n].linear_features(d) for n, d in zip("ab", decoded, strict=True)], 1
    )
    # The expert of the network has a precision of exp(-6) for each modality.
    torch.testing.assert_close(guess.double(), expected, atol=0.01, rtol=0)


def test_a_training_that_makes_the_imputation_worse_keeps_the_start():
    validation = {"every": 5, "share": 0.3}
    options = {"steps": 10, "learning_rate": 0.5, "training": {"validation": validation}}
    options |= {"generation_prior": "standard", "content_dim": 2, "method": "factors"}
    spoilt, start = (
        MultimodalVAE(random_state=0, **options | changed).fit(tables())
        for changed in ({}, {"steps": 1, "learning_rate": 1e-12})
    )
    for name, weight in start.model_.state_dict().items():
        torch.testing.assert_close(spoilt.model_.state_dict()[name], weight, msg=name)


def test_categories_and_counts_start_near_their_frequencies():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "yes": random.random(300) < 0.9,
            "color": random.choice(["red", "green", "blue"], 300, p=[0.7, 0.2, 0.1]),
            "gene": random.poisson(0.06, 300),
            "falls": random.poisson(6, 300) * (random.random(300) < 0.4),
            "level": random.choice([1, 2, 3, 4], 300, p=[0.1, 0.5, 0.3, 0.1]),
        }
    )
    types = {"gene": "count", "falls": "zero-inflated"}
    options = {"method": "factors", "steps": 1, "learning_rate": 1e-12}
    vae = MultimodalVAE(settings={"X": {"types": types}}, **options)
    vae.set_params(random_state=0, validation=None).fit(frame)
    likelihood = (
        vae.model_.eval()
        .requires_grad_(False)
        .codec["X"]
        .decode(torch.zeros(1, vae.model_.config.content_dim), torch.zeros(1, 0))
    )
    assert abs(float(likelihood.mean[0, 2]) - 0.06) < 0.03
    assert likelihood.mode[0, [0, 1]].tolist() == [1, 2]
    assert likelihood.mean[0, 3] == pytest.approx(frame["falls"].mean(), rel=0.3)
    assert likelihood.mode[0, 4] == 1
    gene, falls = torch.nn.functional.softplus(vae.model_.codec["X"].decoder[-1].dispersion)
    assert falls < 2 < gene, "falls vary more than counts of Poisson, genes do not"


def test_only_the_method_of_factors_has_linear_parts(monkeypatch):
    monkeypatch.setattr(TrainingSetup, "fit", lambda *args, **kwargs: None)
    for method, starts in (("factors", True), ("mmjsd", False)):
        vae = MultimodalVAE(
            method=method, content_dim=2, random_state=0, generation_prior="standard"
        )
        state = vae.fit(tables()).model_.state_dict()
        skips = [weight for name, weight in state.items() if name.endswith("skip")]
        assert len(skips) == 2 * starts
        assert all(bool(weight.any()) for weight in skips)


def test_a_given_noise_is_that_of_the_evidence_and_the_residual_that_of_the_likelihood():
    frames = tables()
    model, x = model_of(frames), frames["a"].to_numpy()
    scale = frames["a"].std().to_numpy()
    factors = factor_analysis(
        torch.tensor((x - frames["a"].mean().to_numpy()) / scale), 2, 1.0, 0.4
    )
    table = model.codec["a"]
    table.start_linear(factors)
    assert table.linear.lognoise.exp().tolist() == pytest.approx([0.4] * 3)
    residual = factors.residual.sqrt().numpy() * scale
    deviation = table.decoder[-1]._scale("real")
    assert deviation.tolist() == pytest.approx(residual.tolist(), rel=1e-3)


def test_the_linear_model_of_few_rows_is_not_trained_further():
    few = {name: frame.iloc[:30] for name, frame in tables().items()}
    assert MultimodalVAE(method="factors", content_dim=2).fit(few).n_iter_ == 1
    assert MultimodalVAE(method="factors", content_dim=2, steps=3).fit(few).n_iter_ == 3


def test_the_method_of_tables_is_named_for_a_model_of_tables_that_has_another_one():
    model = model_of(tables())
    assert _advice(model) == []
    other = model.config.model_copy(update={"method": "mmjsd", "options": {}})
    (sentence,) = _advice(Model.from_config(other, catalogue=Catalogue.discover()))
    assert "model: {method: factors}" in sentence


def test_the_noise_of_counts_is_that_of_the_linear_model():
    """Also where the training stops at the start: counts had the dispersion of an untrained network."""
    random = np.random.default_rng(0)
    c = random.normal(size=400)
    mean = np.exp(4.7 + 0.2 * c)
    frame = pd.DataFrame({"a": c, "gene": random.poisson(mean)})
    options = {"method": "factors", "steps": 1, "learning_rate": 1e-12, "random_state": 0}
    vae = MultimodalVAE(settings={"X": {"types": {"gene": "count"}}}, **options)
    vae.set_params(validation=None).fit(frame)
    hidden = frame.astype(float).assign(gene=np.nan)
    answer = vae.impute_table(hidden)
    covered = (answer["gene__low"] <= frame["gene"]) & (frame["gene"] <= answer["gene__high"])
    width = (answer["gene__high"] - answer["gene__low"]).mean()
    assert 0.85 < covered.mean() < 0.97
    assert width < 1.3 * 2 * 1.645 * np.sqrt(mean.mean())


def test_a_constant_column_is_imputed_with_its_constant():
    frame = pd.DataFrame({"x": np.linspace(-1, 1, 80), "y": np.linspace(2, 3, 80), "site": 1000.0})
    frame.loc[::5, "site"] = np.nan
    vae = MultimodalVAE(steps=2, random_state=0).fit(frame)
    answer = vae.impute_table(frame)
    for column in ("site", "site__low", "site__high"):
        assert (answer[column][~answer["site__observed"]] == 1000.0).all()
