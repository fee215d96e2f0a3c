"""Batches of a study: their shifts are subtracted before the encoders, and added to answers."""

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.metrics.errors import jackknife_error
from mmcore.metrics.explanation.mixing import mixing
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import read_config_or_study
from mmcore.runs.prediction import ImputeSettings, embed, impute
from mmcore.runs.run import Run

from .conftest import finish

ROWS = 90
SITES = np.array(["north", "south", "west"])
MOVES = {"a": np.array([[0.0, 0.0], [7.0, -3.0], [-20.0, 4.0]]), "b": np.zeros((3, 2))}
"""What the sites add to the two numbers of each table."""


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.discover()


def written(folder, moves, **changes):
    """Write a study of two tables, of which records lack one; the sites of the records add ``moves``."""
    random = np.random.default_rng(0)
    ids = [f"p{n:02d}" for n in range(ROWS)]
    site = np.array([2, 0, 2, 1, 2, 0])[
        np.arange(ROWS) // 15
    ]  # half of the records are of the last
    shared = random.normal(size=(ROWS, 1))
    for place, name in enumerate("ab"):
        numbers = shared + 0.3 * random.normal(size=(ROWS, 2))
        frame = pd.DataFrame(numbers + moves[name][site], columns=["x", "y"])
        frame = frame.assign(id=ids, count=random.poisson(9, ROWS), site=SITES[site])
        frame.loc[3, "y"] = np.nan
        frame[(np.arange(ROWS) + place) % 5 > 0].to_csv(folder / f"{name}.csv", index=False)
    pd.DataFrame({"id": ids, "site": SITES[site]}).to_csv(folder / "sites.csv", index=False)
    document = {
        "modalities": {n: {"kind": "table", "file": f"{n}.csv"} for n in "ab"},
        "batch": {"file": "sites.csv", "column": "site"},
        "model": {"content_dim": 2},
        "training": {"precision": "32-true", "accelerator": "cpu"},
        **changes,
    }
    for modality in document["modalities"].values():
        modality["columns"] = ["x", "y", "count"]
        if modality["kind"] == "table":
            modality["types"] = {"count": "count"}
    (folder / "study.yaml").write_text(yaml.safe_dump(document))
    return folder / "study.yaml"


def finished(folder, moves, catalogue):
    """Return a run whose weights are as they began."""
    folder.mkdir()
    planned = fit_study(read_config_or_study(written(folder, moves)), folder, catalogue)
    return finish(planned.config, folder / "run", catalogue)


@pytest.fixture(scope="module")
def moved(tmp_path_factory, catalogue):
    return finished(tmp_path_factory.mktemp("batches") / "moved", MOVES, catalogue)


def test_records_that_a_site_has_moved_have_the_same_representation(moved, tmp_path, catalogue):
    """Also for the counts, which have no shift, beside the numbers."""
    plain = finished(tmp_path / "plain", dict.fromkeys("ab", MOVES["b"]), catalogue)
    for first, second in zip(embed(plain).items(), embed(moved).items(), strict=True):
        if first[1].dtype.kind == "f":
            np.testing.assert_allclose(first[1], second[1], atol=1e-4, err_msg=first[0])
    shift = Run.open(moved, catalogue).model.codec["a"].shift(torch.arange(3))
    own = Run.open(plain, catalogue).model.codec["a"].shift(torch.arange(3))
    # The largest site is the reference, and the others follow by their size.
    moves = MOVES["a"][[2, 0, 1]] - MOVES["a"][2]
    np.testing.assert_allclose((shift - own).detach()[:, :2], moves, atol=1e-4)
    assert not shift[:, 2].any()


def test_answers_of_the_reference_batch_differ_by_the_shift(moved, catalogue):
    own = impute(moved, settings=ImputeSettings(samples=19)).set_index("id")
    reference = impute(moved, settings=ImputeSettings(samples=19, batch="reference")).set_index(
        "id"
    )
    opened = Run.open(moved, catalogue)
    batches = opened.data().train.batches
    sites = torch.from_numpy(batches.codes(own.index))
    assert batches.names == ("west", "north", "south")
    shift = opened.model.codec["a"].shift(sites).detach().double().numpy()
    for place, name in enumerate(("x", "y")):
        for end in ("", "__low", "__high"):
            gap = (own[f"a.{name}{end}"] - reference[f"a.{name}{end}"]).to_numpy()
            known = ~np.isnan(gap)
            np.testing.assert_allclose(gap[known], shift[known, place], atol=1e-4)
    pd.testing.assert_series_equal(own["a.count"], reference["a.count"])
    at_home = (sites == 0).numpy()
    seen = at_home & own["a.x__observed"].to_numpy()
    assert (own["a.x"][seen] == reference["a.x"][seen]).all()  # bit for bit


def test_new_records_name_a_known_batch_or_are_of_the_reference(moved):
    run, folder = moved, moved.parent
    frame = pd.read_csv(folder / "a.csv").head(4).drop(columns="site")
    frame.assign(id=["n1", "n2", "n3", "n4"]).to_csv(folder / "new.csv", index=False)
    sites = pd.DataFrame({"id": ["n1", "n2", "n3", "n4"], "site": ["west", "nort", "west", "west"]})
    document = {"modalities": {"a": {"kind": "table", "file": "new.csv"}}}
    file = folder / "new.yaml"

    def named(frame):
        frame.to_csv(folder / "new_sites.csv", index=False)
        document["batch"] = {"file": "new_sites.csv", "column": "site"}
        file.write_text(yaml.safe_dump(document))
        return file

    file.write_text(yaml.safe_dump(document))
    with pytest.raises(MmcoreError, match="names no 'batch'"):
        embed(run, file)
    unnamed = embed(run, file, batch="reference")
    with pytest.raises(
        MmcoreError, match=r"'n2' is of the batch 'nort'.* expected west, north, south"
    ):
        embed(run, named(sites))
    with pytest.raises(MmcoreError, match="1 of 4 records have no batch"):
        embed(run, named(sites.tail(3)))
    home = embed(run, named(sites.assign(site="west")))
    pd.testing.assert_frame_equal(unnamed, home)
    # Without a known batch, a record is of the reference batch.
    pd.testing.assert_frame_equal(embed(run, named(sites), batch="reference"), home)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"batch": {"file": "sites.csv", "column": "only"}},
            "of the batch 'one', expected at least two",
        ),
        (
            {"batch": {"file": "sites.csv", "column": "each"}},
            "which has no training record",
        ),
        ({"batch": {"file": "sites.csv", "column": "sits"}}, "did you mean 'site'"),
        (
            {"modalities": {"a": {"kind": "characters", "file": "a.csv"}}},
            "none of its modalities takes, expected one of a kind such as 'table', not characters",
        ),
    ],
)
def test_a_batch_that_cannot_be_modelled_is_refused(tmp_path, catalogue, changes, message):
    file = written(tmp_path, MOVES, **changes)
    frame = pd.read_csv(tmp_path / "sites.csv")
    frame.assign(only="one", each=frame["id"]).to_csv(tmp_path / "sites.csv", index=False)
    with pytest.raises(MmcoreError, match=message):
        fit_study(read_config_or_study(file), tmp_path, catalogue)


def test_the_batch_is_no_measurement_also_in_the_file_of_a_modality(tmp_path, catalogue):
    batch = {"file": "a.csv", "column": "site"}
    file = written(tmp_path, MOVES, batch=batch)
    document = yaml.safe_load(file.read_text())
    document["modalities"] = {"a": {"kind": "table", "file": "a.csv"}}
    file.write_text(yaml.safe_dump(document))
    planned = fit_study(read_config_or_study(file), tmp_path, catalogue)
    assert planned.study.train["a"].names == ("x", "y", "count")


def test_random_batches_are_mixed_and_the_error_is_their_spread():
    random = np.random.default_rng(0)
    x, values, errors = random.normal(size=(160, 3)), [], []
    for _ in range(8):
        sites = random.choice(3, 160, p=[0.6, 0.3, 0.1])
        values.append(mixing(x, sites))

        def of(rows, sites=sites):
            return mixing(x[rows.numpy()], sites[rows.numpy()])

        errors.append(jackknife_error(of, 160))
    assert abs(np.mean(values) - 1) < 4 * np.std(values) / 8**0.5
    assert 0.4 < np.mean(errors) / np.std(values) < 2.5
    assert mixing(x + 99 * (np.arange(160) % 2)[:, None], np.arange(160) % 2) == 0
