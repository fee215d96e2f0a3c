import io
import shutil
from pathlib import Path

import pytest
from support.runs import vector_catalogue

from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console


@pytest.fixture
def quiet():
    """A console that keeps what it is told."""
    return Console(file=io.StringIO(), width=200)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The folder of a short run on two linear-Gaussian modalities, which no test changes."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    names = {name: ModalityConfig(kind="vector") for name in ("a", "b")}
    config = RunConfig(
        model=ModelConfig(modalities=names, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample"),
        training=TrainingConfig(steps=5, batch_size=16, precision="32-true", accelerator="cpu"),
    )
    console = Console(quiet=True)
    run(config, RunFolder(folder), catalogue=vector_catalogue(), console=console)
    return folder


@pytest.fixture
def trained(finished, tmp_path, monkeypatch):
    """A copy of the folder of a short run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    return Path(shutil.copytree(finished, tmp_path / "run"))
