"""Layers that read any number of columns, and tables of very different widths in one study."""

import io

import numpy as np
import pandas as pd
import pytest
import torch
from mmcore_table.wide import USUAL, WideLinear

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.prediction import embed, impute
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console

ROWS, NEW = 200, 60


def moved(features):
    """Return how far a step of Adam moves outputs, and how far they were from 0 at first."""
    torch.manual_seed(0)
    layer, x = WideLinear(features, 32), torch.ones(8, features)
    before = layer(torch.randn(8, features))
    first = layer(x)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.002)
    first.sum().backward()
    optimizer.step()
    return float((layer(x) - first).detach().abs().mean()), float(before.detach().std())


def test_a_step_moves_the_outputs_of_wide_layers_no_further_than_those_of_usual_ones():
    (usual, began), (wide, began_wide) = moved(USUAL), moved(40 * USUAL)
    assert wide == pytest.approx(usual, rel=0.05)
    assert began_wide == pytest.approx(began, rel=0.2)
    plain = torch.nn.Linear(USUAL, 3)
    layer = WideLinear(USUAL, 3)
    layer.load_state_dict(plain.state_dict())
    x = torch.randn(2, USUAL)
    assert torch.equal(layer(x), plain(x))


def tables(rows, widths, seed=0):
    """Return synthetic tables of the same three factors; two fifths of each column are theirs."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(rows, 3))
    ids = pd.Index([f"p{n:03d}" for n in range(rows)], name="id")
    built = {}
    for width in widths:
        shared = factors @ random.normal(size=(3, width)) * np.sqrt(0.4 / 3)
        cells = shared + random.normal(size=(rows, width)) * np.sqrt(0.6)
        # A spread that is small beside the center, as measurements have it.
        built[f"w{width}"] = pd.DataFrame(100 + cells, ids).add_prefix("c")
    return built, random


def check_widths(folder, widths, steps):
    """Train with the defaults on tables with holes; fill in each table of new rows from the others."""
    built, random = tables(ROWS + NEW, widths)
    for name, frame in built.items():
        seen = frame.iloc[:ROWS].mask(random.random((ROWS, frame.shape[1])) < 0.1)
        seen[random.random(ROWS) < 0.8].to_parquet(folder / f"{name}.parquet")
        frame.iloc[ROWS:].to_parquet(folder / f"new_{name}.parquet")
    files = {n: {"kind": "table", "file": f"{n}.parquet"} for n in built}
    training = {"accelerator": "cpu", "precision": "bf16-mixed", "steps": steps}
    study = StudyConfig.model_validate({"modalities": files, "training": training})
    catalogue, out = Catalogue.discover(), folder / "run"
    config = fit_study(study, folder, catalogue).config
    run(config, RunFolder(out), catalogue=catalogue, console=Console(file=io.StringIO()))
    latent = embed(out, catalogue=catalogue)
    assert np.isfinite(latent.filter(regex="mean_|sd_").to_numpy()).all()
    return {name: explained(folder, out, name, built, catalogue) for name in built}


def explained(folder, out, name, made, catalogue):
    """Return the share of the variance of new rows that is predicted from the other tables."""
    lines = [f"  {n}: {{kind: table, file: new_{n}.parquet}}" for n in made if n != name]
    (folder / "new.yaml").write_text("\n".join(["modalities:", *lines]))
    actual = impute(out, folder / "new.yaml", catalogue=catalogue).set_index("id")
    truth = made[name].iloc[ROWS:]
    guess = actual.loc[truth.index, [f"{name}.{c}" for c in truth]].to_numpy()
    wrong = ((truth - guess) ** 2).mean()
    return float(1 - (wrong / ((truth - made[name].iloc[:ROWS].mean()) ** 2).mean()).mean())


@pytest.mark.slow
def test_tables_of_6_to_400_columns_are_all_learned(tmp_path):
    actual = check_widths(tmp_path, (6, 50, 400), steps=200)
    # .4 is what the factors explain, 0 what the mean of a column does.
    assert all(share > 0.2 for share in actual.values()), actual


@pytest.mark.slow
def test_tables_of_6_to_20000_columns_are_all_learned(tmp_path):
    actual = check_widths(tmp_path, (6, 40, 200, 1000, 5000, 20000), steps=600)
    assert all(share > 0.2 for share in actual.values()), actual
