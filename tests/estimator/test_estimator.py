"""What the estimator promises for tables that are joined by id."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from sklearn.exceptions import NotFittedError

import mmcore
from mmcore import MmcoreError, MultimodalVAE
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.runs.training import setup
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console
from mmcore.training.guard import NonFinite

from .conftest import PARAMS, ROWS, two_tables


def ids(tables):
    return list(dict.fromkeys([*tables["left"].index, *tables["right"].index]))


def test_rows_are_in_the_order_of_the_first_appearance_of_their_ids(joint):
    own = joint.estimator.transform(joint.tables)
    assert own.shape == (ROWS, joint.estimator.model_.config.content_dim)
    row = ids(joint.tables).index("p7")
    one = {name: table[table.index == "p7"] for name, table in joint.tables.items()}
    one = {name: table for name, table in one.items() if len(table)}
    np.testing.assert_allclose(own[[row]], joint.estimator.transform(one), atol=1e-5)


def test_observed_cells_are_copied_and_missing_ones_are_imputed(joint):
    filled = joint.estimator.impute(joint.tables)
    for name, table in joint.tables.items():
        assert list(filled[name].index) == ids(joint.tables)
        assert not filled[name].isna().any(axis=None)
        own = filled[name].loc[table.index]
        assert own.where(table.notna()).equals(table)


def test_a_modality_is_imputed_from_the_other_alone(joint):
    filled = joint.estimator.impute({"left": joint.tables["left"]})["right"]
    truth = two_tables()["right"]
    both = filled.index.intersection(truth.index)
    assert list(filled.index) == list(joint.tables["left"].index)
    kept = truth.loc[both].notna().to_numpy()
    correlation = np.corrcoef(filled.loc[both].to_numpy()[kept], truth.loc[both].to_numpy()[kept])
    assert correlation[0, 1] > 0.7


def test_intervals_are_those_of_mmcore_impute(joint):
    table = joint.estimator.impute_table(joint.tables, level=0.5, samples=49)
    cell = table.loc[joint.tables["left"].index[3]]
    assert not cell["left.a1__observed"]
    assert cell["left.a1__low"] < cell["left.a1"] < cell["left.a1__high"]
    assert table["left.a0__observed"].sum() == len(joint.tables["left"])
    with pytest.raises(MmcoreError, match=r"49 samples are too few for an interval at level 0.99"):
        joint.estimator.impute_table(joint.tables, level=0.99, samples=49)


def test_a_row_without_values_has_the_prior(joint):
    empty = {"left": joint.tables["left"].iloc[:3].copy()}
    empty["left"].iloc[1] = np.nan
    assert not joint.estimator.transform(empty)[1].any()
    assert joint.estimator.score_samples(empty)[1] == 0
    assert not joint.estimator.impute(empty)["left"].isna().any(axis=None)


def test_the_score_of_a_row_does_not_depend_on_the_others_and_its_mean_is_the_score(joint):
    scores = joint.estimator.score_samples(joint.tables)
    first = {
        name: table[table.index.isin(ids(joint.tables)[:5])] for name, table in joint.tables.items()
    }
    np.testing.assert_allclose(joint.estimator.score_samples(first), scores[:5], rtol=1e-4)
    assert joint.estimator.score(joint.tables) == scores.mean()
    apart = two_tables(seed=1)
    assert joint.estimator.score(apart) < joint.estimator.score(joint.tables)


def test_samples_have_the_form_and_the_spread_of_the_data(joint):
    drawn = joint.estimator.sample(2000, random_state=1)
    assert {n: list(t.columns) for n, t in drawn.items()} == {
        n: list(t.columns) for n, t in joint.tables.items()
    }
    assert drawn["left"].equals(joint.estimator.sample(2000, random_state=1)["left"])
    assert not drawn["left"].equals(joint.estimator.sample(2000, random_state=2)["left"])
    spread = drawn["left"].std() / joint.tables["left"].std()
    assert spread.between(0.5, 2).all()


def test_the_inverse_of_an_embedding_is_near_the_data(joint):
    back = joint.estimator.inverse_transform(joint.estimator.transform(joint.tables))
    whole = two_tables()["left"]
    own = back["left"].set_axis(ids(joint.tables)).loc[whole.index].to_numpy()
    seen = whole.notna().to_numpy()
    assert np.corrcoef(own[seen], whole.to_numpy()[seen])[0, 1] > 0.7
    with pytest.raises(MmcoreError, match=r"X has the shape \(2, 9\), expected \(N, 3\)"):
        joint.estimator.inverse_transform(np.zeros((2, 9)))


def test_one_seed_gives_one_model_and_the_generators_of_torch_stay(joint):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    again = MultimodalVAE(**PARAMS).fit(joint.tables)
    again.sample(2)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(
        again.transform(joint.tables), joint.estimator.transform(joint.tables)
    )
    other = MultimodalVAE(steps=3, random_state=np.random.RandomState(3)).fit(joint.tables)
    assert not np.array_equal(other.transform(joint.tables), again.transform(joint.tables))


def test_the_state_is_bytes_and_plain_values(joint):
    state = joint.estimator.__getstate__()
    assert {type(value) for files in state["members_"] for value in files.values()} == {bytes}
    assert not any(isinstance(value, torch.nn.Module | torch.Tensor) for value in state.values())
    copy = pickle.loads(pickle.dumps(joint.estimator))  # noqa: S301
    assert copy.get_params() == joint.estimator.get_params()
    np.testing.assert_array_equal(
        copy.transform(joint.tables), joint.estimator.transform(joint.tables)
    )


def test_a_saved_estimator_is_the_folder_of_a_model(joint, tmp_path):
    joint.estimator.save(tmp_path / "vae")
    loaded = MultimodalVAE.load(tmp_path / "vae")
    assert loaded.get_params() == joint.estimator.get_params()
    assert loaded.history_ == joint.estimator.history_
    np.testing.assert_array_equal(
        loaded.score_samples(joint.tables), joint.estimator.score_samples(joint.tables)
    )
    assert mmcore.Model.from_pretrained(tmp_path / "vae").names == ("left", "right")
    joint.estimator.save(tmp_path / "vae")  # again
    (tmp_path / "other").mkdir()
    with pytest.raises(MmcoreError, match="is no saved estimator"):
        joint.estimator.save(tmp_path / "other")
    with pytest.raises(MmcoreError, match="has no estimator"):
        MultimodalVAE.load(tmp_path / "other")


def test_what_cannot_be_saved_is_named(joint, tmp_path):
    estimator = MultimodalVAE(random_state=np.random.RandomState(0))
    with pytest.raises(NotFittedError):
        estimator.save(tmp_path / "vae")
    estimator.__setstate__(
        {**joint.estimator.__getstate__(), "random_state": estimator.random_state}
    )
    with pytest.raises(MmcoreError, match=r"the parameter random_state=.* cannot be saved"):
        estimator.save(tmp_path / "vae")
    assert not list(tmp_path.iterdir())


def test_fitting_prints_nothing_and_leaves_no_file(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    MultimodalVAE(steps=2, random_state=0).fit(two_tables(20))
    assert capsys.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())
    MultimodalVAE(steps=2, random_state=0, verbose=True).fit(two_tables(20))
    assert "step 2/2" in capsys.readouterr().out


def test_the_weights_are_those_of_the_command_line(joint, tmp_path):
    for name, table in joint.tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index_label="id")
        table.iloc[:3].set_axis(["t1", "t2", "t3"]).to_csv(
            tmp_path / f"test_{name}.csv", index_label="id"
        )
    study = {
        "modalities": {n: {"kind": "table", "file": f"{n}.csv"} for n in joint.tables},
        "split": {"test": {name: f"test_{name}.csv" for name in joint.tables}},
        "training": {"steps": 60, "learning_rate": 0.02},
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    catalogue = Catalogue.discover()
    fit = fit_study(read_config_or_study(tmp_path / "study.yaml"), tmp_path, catalogue)
    config = fit.config.model_copy(
        update={"training": fit.config.training.model_copy(update={"trackers": ("jsonl",)})}
    )
    folder, quiet = RunFolder(tmp_path / "run"), Console(quiet=True)
    trained = run(config, folder, catalogue=catalogue, console=quiet).model.state_dict()
    own = joint.estimator.model_.state_dict()
    assert own.keys() == trained.keys()
    for name, weight in trained.items():
        assert torch.equal(own[name], weight), name


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"steps": 0}, r"steps=0 is not valid"),
        ({"method": "mmjds"}, r"did you mean 'mmjsd'"),
        ({"kinds": {"lft": "table"}}, r"'kinds' has 'lft', expected .* did you mean 'left'"),
        ({"modalities": {"a": ["a0"]}}, r"'modalities' has 'a', expected names of tables"),
        ({"modalities": {"left": ["a9"]}}, r"names column 'a9'"),
        ({"modalities": {"left": [9]}}, r"expected positions from 0 to 4"),
        ({"modalities": {"left": np.arange(9)}}, r"expected positions from 0 to 4"),
        ({"modalities": {"left": np.ones(5, bool)}}, r"a mask for 'left', .* np\.flatnonzero"),
        ({"settings": {"left": {"widht": 3}}}, r"did you mean 'width'"),
        ({"style_dim": {"up": 1}}, r"'style_dim' has 'up'"),
    ],
)
def test_a_wrong_parameter_is_named(joint, params, sentence):
    with pytest.raises(MmcoreError, match=sentence):
        MultimodalVAE(**params).fit(joint.tables)


def test_wrong_data_is_named(joint):
    left = joint.tables["left"]
    with pytest.raises(MmcoreError, match=r"'lefft', expected tables of the training.*'left'"):
        joint.estimator.transform({"lefft": left})
    with pytest.raises(MmcoreError, match="X is of type DataFrame, expected"):
        joint.estimator.transform(left)
    with pytest.raises(MmcoreError, match="lacks 1 of the 5 columns of modality 'left'"):
        joint.estimator.transform({"left": left.drop(columns="a1")})
    with pytest.raises(MmcoreError, match="the id 'p1' in more than one row"):
        joint.estimator.transform({"left": left.set_axis(["p1"] * len(left))})
    with pytest.raises(MmcoreError, match="the table 'left' is of type int"):
        joint.estimator.transform({"left": 3})
    with pytest.raises(MmcoreError, match="the dict of tables is empty"):
        joint.estimator.transform({})
    with pytest.raises(MmcoreError, match="no id of 'left' occurs in another modality"):
        MultimodalVAE(steps=1).fit({"left": left, "right": left.set_axis(range(len(left)))})


def test_a_training_that_is_not_finite_is_one_sentence(joint, monkeypatch):
    def diverge(*arguments, **others):
        raise NonFinite(3)

    monkeypatch.setattr(setup, "fit", diverge)
    with pytest.raises(MmcoreError, match=r"stopped at step 4, .* learning_rate, which is 0\.02"):
        MultimodalVAE(**PARAMS).fit(joint.tables)


def test_unknown_categories_are_reported():
    colors = pd.DataFrame({"color": ["red", "blue", "green"] * 8, "size": np.arange(24.0)})
    estimator = MultimodalVAE(steps=2, random_state=0).fit(colors)
    with pytest.warns(UserWarning, match="'color' have other values than the training records"):
        estimator.transform(colors.assign(color="pink"))
