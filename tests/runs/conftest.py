import io

import pytest

from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console


@pytest.fixture
def quiet():
    """A console that keeps what it is told."""
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def trained(tmp_path, vectors, quiet, monkeypatch):
    """The folder of a short run on two linear-Gaussian modalities."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    names = {name: ModalityConfig(kind="vector") for name in ("a", "b")}
    config = RunConfig(
        model=ModelConfig(modalities=names, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample"),
        training=TrainingConfig(steps=5, batch_size=16, precision="32-true", accelerator="cpu"),
    )
    run(config, RunFolder(tmp_path / "run"), catalogue=vectors, console=quiet)
    return tmp_path / "run"
