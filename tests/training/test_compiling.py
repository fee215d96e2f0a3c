"""Compiled networks: the same training, in other machine code."""

import io
import json

import pytest
import torch
from support.runs import config, same, weights, without_summary

from mmcore.config import ModalityConfig, RunConfig
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console
from mmcore.training import compiling
from mmcore.training.compiling import check_compiler, compiled

TINY = {"mnist": ModalityConfig(kind="mnist", settings={"hidden": 8})}


def tiny(**training):
    """Return the configuration of a short training of one small network."""
    base = config(precision="32-true", **training)
    model = base.model.model_copy(update={"modalities": TINY})
    return RunConfig(**{**dict(base), "model": model})


def test_without_a_compiler_one_sentence_names_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(MmcoreError, match="this machine has no 'no-such-compiler'; install one"):
        check_compiler()


def test_the_networks_are_compiled_in_the_block_only(monkeypatch):
    calls = []

    def recorded(forward):
        return lambda x: calls.append(forward) or forward(x)

    monkeypatch.setattr(torch, "compile", recorded)
    model = Model.from_config(tiny().model, seed=0, catalogue=Catalogue.discover())
    names, z = model.state_dict().keys(), torch.zeros(1, 2)
    style = torch.zeros(1, model.codec.style_dims["mnist"])
    with compiled(model):
        assert model.state_dict().keys() == names
        model.codec.decode("mnist", z, style)
        assert len(calls) == 1
    model.codec.decode("mnist", z, style)
    assert len(calls) == 1


def test_a_run_records_that_it_is_compiled(tmp_path, monkeypatch):
    quiet = Console(io.StringIO())
    monkeypatch.setattr(torch, "compile", lambda forward: forward)
    monkeypatch.setattr(compiling, "check_compiler", lambda: None)
    with without_summary():
        run(tiny(compile="on", steps=1), RunFolder(tmp_path / "run"), console=quiet)
    assert "computation: 32-true, compiled, 1 process" in quiet.file.getvalue()
    assert read_config(tmp_path / "run" / "config.yaml").training.compile == "on"
    assert json.loads((tmp_path / "run" / "run.json").read_text())["compiled"]


@pytest.mark.slow
def test_the_weights_are_those_of_the_networks_that_are_not_compiled(tmp_path):
    with without_summary():
        for name in ("on", "off"):
            run(tiny(compile=name, steps=4), RunFolder(tmp_path / name))
    one, other = weights(tmp_path / "on"), weights(tmp_path / "off")
    assert not same(one, other), "compiled"
    assert all(torch.allclose(one[key], other[key], atol=1e-5) for key in one)
