"""Answers about a study with holes, against the linear-Gaussian world."""

import numpy as np
import pandas as pd
import pytest
import torch

from mmcore import MmcoreError
from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig
from mmcore.model import Model
from mmcore.plugins import ComponentSpec
from mmcore.runs.prediction import (
    ImputeSettings,
    ScoreSettings,
    embed,
    impute,
    open_query,
    score,
    scoring,
)
from mmcore.runs.prediction.query import training_query
from mmcore.runs.prediction.scoring import Reference
from mmcore.runs.run import Run
from mmcore.testing import catalogue_of
from mmcore.testing.linear_gaussian import LinearGaussian

from .conftest import NAMES, ROWS, finish


def query(study, *arguments):
    return open_query(Run.open(study.run, study.catalogue), *arguments)


def given(study, ids, answer):
    """Return the values of the records of each pattern, by pattern, in the order of the answer."""
    for pattern, rows in answer.groupby("given").groups.items():
        place = [int(name[1:]) for name in answer.loc[rows, "id"]]
        yield rows, {name: study.values[name][place] for name in pattern.split("+")}


def test_embed_is_what_the_model_infers(linear):
    actual = embed(linear.run, catalogue=linear.catalogue)
    assert sorted(actual["id"]) == [f"p{n:03d}" for n in range(ROWS)]
    assert actual["split"].value_counts().to_dict() == {"train": 30, "test": 10}
    model = Model.from_pretrained(linear.run / "model", catalogue=linear.catalogue)
    patterns = 0
    for rows, values in given(linear, "id", actual):
        posterior = model.infer(values)
        means = actual.loc[rows, ["mean_0", "mean_1"]].to_numpy()
        assert np.allclose(means, posterior.mean, atol=1e-5)
        assert np.allclose(actual.loc[rows, ["sd_0", "sd_1"]], posterior.stddev, atol=1e-6)
        patterns += 1
    assert patterns == 3


def test_embed_says_what_each_modality_told(linear):
    actual = embed(linear.run, catalogue=linear.catalogue).set_index("id")
    assert actual.loc["p000", ["nats.m1", "nats.m2"]].isna().all()
    assert (actual.loc["p020", [f"nats.{name}" for name in NAMES]] > 0).all()


def test_score_is_the_exact_likelihood_of_what_is_there(linear):
    settings = ScoreSettings(samples=4, by_modality=True)
    actual = score(linear.run, settings=settings, catalogue=linear.catalogue)
    for rows, values in given(linear, "id", actual):
        exact = linear.world.log_prob(values)
        assert np.allclose(actual.loc[rows, "log_p"], exact, atol=1e-3)
        for name in values:
            rest = {other: x for other, x in values.items() if other != name}
            before = linear.world.log_prob(rest) if rest else torch.zeros(len(rows))
            assert np.allclose(actual.loc[rows, f"log_p.{name}"], exact - before, atol=1e-3)
            alone = linear.world.log_prob({name: values[name]}) if rest else torch.nan
            agreement = exact - before - alone
            column = actual.loc[rows, f"agreement.{name}"]
            assert np.allclose(column, agreement, atol=2e-3, equal_nan=True)
        absent = [f"log_p.{name}" for name in NAMES if name not in values]
        assert actual.loc[rows, absent].isna().all(axis=None)
    # the proposal is the exact posterior, so that every draw says the same
    assert actual["standard_error"].max() < 0.01
    assert np.allclose(actual["effective_samples"], 4, atol=1e-2)


def test_percentiles_are_among_training_records_with_the_same_hidden(linear):
    settings = ScoreSettings(samples=4)
    actual = score(linear.run, settings=settings, catalogue=linear.catalogue).set_index("id")
    train = actual.index[actual["split"] == "train"]
    place = [int(name[1:]) for name in train]
    alone = linear.world.log_prob({"m0": linear.values["m0"][place]}).numpy()
    for name, row in actual[actual["given"] == "m0"].iterrows():
        # a training record is as likely as itself to within rounding
        least, most = ((alone <= row["log_p"] + hair).mean() for hair in (-1e-3, 1e-3))
        assert 100 * least - 1e-9 <= row["percentile"] <= 100 * most + 1e-9, name


def test_new_records_need_only_what_is_there_and_an_outlier_is_found(linear):
    frame = linear.frame("m0", slice(0, 3)).assign(id=["new1", "new2", "far"])
    frame.loc[2, "x0"] += 100.0
    file = linear.new(m0=frame)
    actual = score(linear.run, file, ScoreSettings(samples=4), catalogue=linear.catalogue)
    assert actual["split"].tolist() == ["new"] * 3
    far = actual.set_index("id").loc["far"]
    assert far["percentile"] == 0.0
    assert (actual["given"] == "m0").all()


def test_what_no_record_has_is_not_decoded(linear, monkeypatch):
    decoded, decode = [], LinearGaussian.decode

    def messages(modality, content, style):
        decoded.append(modality.offset)
        return decode(modality, content, style)

    monkeypatch.setattr(LinearGaussian, "decode", messages)
    file = linear.new(m0=linear.frame("m0", slice(0, 3)), m2=linear.frame("m2", slice(0, 3)))
    actual = score(linear.run, file, ScoreSettings(samples=4), catalogue=linear.catalogue)
    codec = linear.world.codec
    names = {n for n in NAMES for offset in decoded if torch.equal(offset, codec[n].offset)}
    assert names == set("+".join(actual["given"]).split("+")) <= {"m0", "m2"}


def test_wide_records_are_compared_with_fewer_which_is_told(linear, monkeypatch):
    known, _ = training_query(Run.open(linear.run, linear.catalogue), query(linear))
    assert Reference(known, ScoreSettings()).notes == []
    monkeypatch.setattr(scoring, "LEAST_COMPARED", 3)
    monkeypatch.setattr(scoring, "COMPARED_NUMBERS", 1)
    reference = Reference(known, ScoreSettings(samples=4))
    assert reference.notes == [
        "values are so wide that percentiles are among 3 of 30 training records"
    ]
    thirds = {reference.percentile(["m0"], p) * 3 / 100 for p in np.linspace(-100, 100, 1000)}
    assert {round(share, 6) for share in thirds} <= {0, 1, 2, 3}
    assert Reference(None, ScoreSettings()).notes == []


def test_without_the_training_records_there_is_no_percentile(linear):
    file = linear.new(m0=linear.frame("m0", slice(0, 3)))
    (linear.folder / "m1.csv").unlink()
    actual = score(linear.run, file, ScoreSettings(samples=4), catalogue=linear.catalogue)
    assert actual["percentile"].isna().all()
    assert actual["log_p"].notna().all()


def test_what_is_observed_is_never_changed(linear):
    actual = impute(linear.run, catalogue=linear.catalogue).set_index("id")
    for name in NAMES:
        own = pd.read_csv(linear.folder / f"{name}.csv", float_precision="round_trip").set_index(
            "id"
        )
        for column in own:
            seen = actual[f"{name}.{column}__observed"]
            assert set(actual.index[seen]) == set(own.index)
            # equal as 64-bit numbers, though the networks have 32
            assert (actual.loc[own.index, f"{name}.{column}"] == own[column]).all()
            bounds = actual[[f"{name}.{column}__low", f"{name}.{column}__high"]]
            assert bounds[seen].isna().all(axis=None)
            assert bounds[~seen].notna().all(axis=None)
    assert actual[[f"{name}.x0" for name in NAMES]].notna().all(axis=None)


def test_what_is_imputed_is_the_conditional_mean(linear):
    actual = impute(linear.run, settings=ImputeSettings(samples=999), catalogue=linear.catalogue)
    actual = actual.set_index("id").sort_index().iloc[5:10]
    known = {name: linear.values[name][5:10] for name in ("m0", "m1")}
    m2 = linear.world.codec["m2"]
    exact = linear.world.posterior(known).mean @ m2.loading[:, :2].T + m2.offset
    guess = actual[[f"m2.x{n}" for n in range(4)]].to_numpy()
    assert np.allclose(guess, exact.detach(), atol=0.2)


def test_a_modality_that_new_records_do_not_name_is_imputed_too(linear):
    file = linear.new(**{name: linear.frame(name, slice(5, 10)) for name in ("m0", "m1")})
    actual = impute(linear.run, file, catalogue=linear.catalogue).set_index("id").sort_index()
    named = impute(linear.run, split="train", catalogue=linear.catalogue).set_index("id")
    assert not actual[[f"m2.x{n}__observed" for n in range(4)]].any(axis=None)
    assert (
        actual[[f"m2.x{n}{bound}" for n in range(4) for bound in ("", "__low")]]
        .notna()
        .all(axis=None)
    )
    assert set(actual.columns) == set(named.columns)


def test_draws_are_rows_of_their_own(linear):
    settings = ImputeSettings(draws=3)
    actual = impute(linear.run, settings=settings, split="test", catalogue=linear.catalogue)
    assert actual["draw"].tolist() == [0, 1, 2] * 10
    assert not [name for name in actual if name.endswith(("__low", "__observed"))]
    assert actual.groupby("id")["m0.x0"].nunique().eq(1).all()
    alone = [name for name in actual["id"].unique() if int(name[1:]) >= 25]
    assert actual[actual["id"].isin(alone)].groupby("id")["m2.x0"].nunique().eq(3).all()


@pytest.mark.parametrize("answer", [embed, impute, score])
def test_the_order_of_rows_and_columns_changes_nothing(linear, answer):
    first, second = linear.frame("m0", slice(0, 6)), linear.frame("m1", slice(2, 9))
    actual = answer(linear.run, linear.new(m0=first, m1=second), catalogue=linear.catalogue)
    shuffled = first.sample(frac=1, random_state=1)[["x3", "id", "x0", "x2", "x1"]]
    file = linear.new(m1=second.iloc[::-1].assign(unrelated="text"), m0=shuffled)
    again = answer(linear.run, file, catalogue=linear.catalogue)
    pd.testing.assert_frame_equal(actual, again)


def test_a_record_with_nothing_is_left_out_and_told(linear):
    frame = linear.frame("m0", slice(0, 3))
    frame.loc[1, ["x0", "x1", "x2", "x3"]] = np.nan
    requested = query(linear, linear.new(m0=frame))
    assert len(requested) == 2
    assert requested.notes == ["1 record has no value and no row in the result: 'p001'"]
    # a cell in a column that the model does not know is nothing either
    requested = query(linear, linear.new(m0=frame.assign(note="seen")))
    assert len(requested) == 2
    assert any("'p001'" in note for note in requested.notes)


def test_what_cannot_be_asked_is_one_sentence(linear):
    file = linear.new(m0=linear.frame("m0").rename(columns={"x2": "xx2"}))
    with pytest.raises(MmcoreError, match=r"lacks 1 of the 4 columns.*'x2'; did you mean 'xx2'"):
        query(linear, file)
    with pytest.raises(MmcoreError, match="modality 'm9', which the model does not have"):
        query(linear, linear.new(m9=linear.frame("m0")))
    with pytest.raises(MmcoreError, match="leave it out beside --data"):
        query(linear, linear.new(m0=linear.frame("m0")), "test")
    with pytest.raises(MmcoreError, match="configuration of a run, expected a study file"):
        query(linear, linear.run / "config.yaml")
    with pytest.raises(MmcoreError, match="holds no run"):
        Run.open(linear.folder, linear.catalogue)
    file = linear.new(m0=linear.frame("m0"))
    file.write_text(file.read_text().replace("vector", "table"))
    with pytest.raises(MmcoreError, match=r"gives 'm0' the kind 'table'.*trained with 'vector'"):
        query(linear, file)


def test_other_data_than_the_run_was_trained_on_is_refused(linear):
    linear.frame("m1", slice(5, 20)).to_csv(linear.folder / "m1.csv", index=False)
    with pytest.raises(MmcoreError, match="trained on other data"):
        query(linear)


def test_a_run_without_a_study_is_embedded_and_scored_but_not_imputed(tmp_path):
    spec = ComponentSpec(
        kind="modality",
        name="vector",
        factory="mmcore.testing.linear_gaussian:LinearGaussian",
        settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
        dataset="mmcore.testing.vectors:VectorData",
    )
    catalogue = catalogue_of(spec)
    modalities = {name: ModalityConfig(kind="vector") for name in ("a", "b")}
    config = RunConfig(
        model=ModelConfig(modalities=modalities, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample"),
    )
    run = finish(config, tmp_path / "run", catalogue)
    actual = embed(run, catalogue=catalogue)
    assert actual["id"].tolist() == [f"test-{n}" for n in range(120)]
    assert actual["given"].unique().tolist() == ["a+b"]
    scored = score(run, settings=ScoreSettings(samples=2), catalogue=catalogue)
    assert scored["percentile"].between(0, 100).all()
    with pytest.raises(MmcoreError, match=r"none of a, b can be written as columns"):
        impute(run, catalogue=catalogue)


def test_a_percentile_counts_records_that_are_as_unlikely():
    reference = Reference(None, ScoreSettings())
    reference._by_subset[("a",)] = np.array([-3.0, -2.0, -2.0, -1.0])
    assert [reference.percentile(["a"], log_p) for log_p in (-4, -3, -2, 0)] == [0, 25, 75, 100]
    assert np.isnan(reference.percentile(["b"], 0.0))
