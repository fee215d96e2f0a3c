"""A run on a linear-Gaussian study, which needs no training: its posteriors are exact."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig
from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.model import Model
from mmcore.plugins import Catalogue, ComponentSpec
from mmcore.runs.folder.files import RunFolder
from mmcore.storage.schemas import write_document
from mmcore.testing import LinearGaussianWorld, catalogue_of

ROWS = 40
NAMES = ("m0", "m1", "m2")


@pytest.fixture
def vectors():
    """A catalogue whose one modality, ``vector``, is linear-Gaussian and reads columns."""
    return catalogue_of(
        ComponentSpec(
            kind="modality",
            name="vector",
            factory="mmcore.testing.linear_gaussian:LinearGaussian",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
            dataset="mmcore.testing.vectors:VectorData",
            reader="mmcore.testing.vectors:VectorReader",
        )
    )


def finish(config: RunConfig, path: Path, catalogue: Catalogue) -> Path:
    """Write the folder of a run whose weights are as they began."""
    folder = RunFolder(path)
    folder.begin(config)
    model = Model.from_config(config.model, seed=config.seed, catalogue=catalogue)
    model.save_pretrained(folder.model)
    data = open_data(config.data, config.model.modalities, catalogue, config.seed)
    root = None if data.root is None else str(data.root)
    write_document(folder.record, {"data": data.kind, "data_root": root, "data_items": data.items})
    return path


@dataclass
class Study:
    """A run on a study of three tables."""

    run: Path
    folder: Path
    world: LinearGaussianWorld
    values: dict
    catalogue: Catalogue

    def new(self, **tables: pd.DataFrame) -> Path:
        """Write a study of new records, and return its file."""
        for name, frame in tables.items():
            frame.to_csv(self.folder / f"new_{name}.csv", index=False)
        modalities = {n: {"kind": "vector", "file": f"new_{n}.csv"} for n in tables}
        file = self.folder / "new.yaml"
        file.write_text(yaml.safe_dump({"modalities": modalities}))
        return file

    def frame(self, name: str, rows: slice = slice(None)) -> pd.DataFrame:
        """Return the records of a modality."""
        # a hair more than 32 bits hold, so that cells that went through the networks are not the same
        cells = self.values[name].double().numpy() + 1e-9
        frame = pd.DataFrame(cells, columns=[f"x{place}" for place in range(cells.shape[1])])
        return frame.assign(id=[f"p{n:03d}" for n in range(len(cells))]).iloc[rows]


@pytest.fixture
def linear(tmp_path, vectors, monkeypatch):
    """`m1` lacks the first five ids, `m2` the first ten; fifteen more have `m0` alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    world = LinearGaussianWorld.of(3, content_dim=2, features=4, encoder="likelihood", style_dim=1)
    built = Study(tmp_path / "run", tmp_path, world, world.sample(ROWS), vectors)
    kept = {"m0": slice(None), "m1": slice(5, 25), "m2": slice(10, 25)}
    for name, rows in kept.items():
        built.frame(name, rows).to_csv(tmp_path / f"{name}.csv", index=False)
    study = StudyConfig.model_validate(
        {
            "modalities": {n: {"kind": "vector", "file": f"{n}.csv"} for n in NAMES},
            "split": {"test": 0.25},
        }
    )
    settings = [{"features": 4, "seed": n, "encoder": "likelihood"} for n in range(len(NAMES))]
    modalities = {
        name: ModalityConfig(kind="vector", settings=s)
        for name, s in zip(NAMES, settings, strict=True)
    }
    config = RunConfig(
        model=ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method="mvae"),
        data=DataConfig(mode="real", study=study.data(str(tmp_path))),
    )
    finish(config, built.run, vectors)
    return built
