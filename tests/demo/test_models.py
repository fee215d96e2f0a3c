"""The models of the package mmcore-models, and how a model of a package is opened by its name."""

import importlib.util
import json
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support.studies import mmcore, write_tables

from mmcore import MmcoreError
from mmcore.demo.installed import GROUP, folder_of, installed_models
from mmcore.demo.model import DemoModel
from mmcore.demo.requests import Given, Request
from mmcore.demo.responses import generated
from mmcore.runs.run import Run

PACKAGE = Path(__file__).parents[2] / "models"
POINTS = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]
GIVEN = {"digits": ("text", "two"), "breast-cancer": ("mean", {"mean radius": 12.0})}
"""By model, a modality and its value."""
FOLDERS = {name: PACKAGE / place.replace(":", "/") for name, place in POINTS.items()}


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The module ``models/package.py``, which writes to the working directory."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("models_package", PACKAGE / "package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path):
    """A short run on a study of two tables and labels."""
    write_tables(tmp_path)
    tables = [tmp_path / f"{name}.csv" for name in ("mrna", "protein", "subtype")]
    mmcore("data", "init", *tables, "--out", tmp_path / "study.yaml")
    options = ["--steps", 2, "--precision", "32-true", "--accelerator", "cpu"]
    mmcore("train", "--config", tmp_path / "study.yaml", *options, "--out", tmp_path / "run")
    return tmp_path / "run"


def test_a_packaged_run_is_rounded_names_no_machine_and_loads(script, run, tmp_path, monkeypatch):
    how = {"command": "mmcore train", "budget": "a second", "licence": "synthetic"}
    folder = script.packaged(run, "tiny", how)
    assert folder == script.PACKAGE / "tiny"
    whole, rounded = Run.open(run), Run.open(folder)
    exact = whole.model.state_dict()
    for name, weight in rounded.model.state_dict().items():
        torch.testing.assert_close(weight, exact[name].half().to(weight.dtype), rtol=0, atol=0)
    texts = [file for file in folder.rglob("*") if file.suffix in (".json", ".yaml")]
    assert not any(str(tmp_path) in file.read_text() for file in texts)
    card = json.loads((folder / "card.json").read_text())
    assert card["parameters"] == sum(weight.numel() for weight in whole.model.parameters())
    assert {name: card[name] for name in how} == how
    probes = card["accuracy of linear probes on held-out records, before rounding"]
    assert probes == whole.summary["linear_probe"] != {}
    demo = DemoModel.open(folder, with_records=False)
    answer = generated(demo, Request(given={"protein": Given(value={"p53": 1.0})}))
    assert answer["generated"].keys() == {"mrna"}

    monkeypatch.setattr(script, "MOST_BYTES", 1000)
    with pytest.raises(AssertionError, match="bytes, expected at most 1000"):
        script.packaged(run, "tiny", how)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_packaged_model_generates_and_names_no_machine(name):
    files = [file for file in FOLDERS[name].rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 2_000_000
    weights = load_file(FOLDERS[name] / "model" / "model.safetensors")
    assert {w.dtype for w in weights.values() if w.is_floating_point()} == {torch.float16}
    for file in files:
        if file.suffix != ".safetensors":
            assert not any(path in file.read_text() for path in ("/tmp", "/root", "/home"))
    card = json.loads((FOLDERS[name] / "card.json").read_text())
    assert {"command", "licence", "data", "seed", "steps", "budget", "weights"} <= card.keys()
    demo = DemoModel.open(FOLDERS[name], with_records=False)
    first, value = GIVEN[name]
    answer = generated(demo, Request(given={first: Given(value=value)}, styles=2))
    assert answer["generated"].keys() == {*demo.model.names} - {first}


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_a_packaged_model_has_its_records(name):
    demo = DemoModel.open(FOLDERS[name])
    assert demo.notes == ()
    key, first = next(iter(demo.examples.ids)), demo.model.names[0]
    answer = generated(demo, Request(given={first: Given(record=key)}))
    assert len(answer["nearest"]) == 5


def test_every_folder_of_the_package_has_a_name():
    folders = {file.parent for file in (PACKAGE / "mmcore_models").glob("*/config.yaml")}
    assert folders == set(FOLDERS.values())


def test_a_model_of_an_installed_package_is_opened_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "fake_models" / "tiny").mkdir(parents=True)
    (tmp_path / "fake_models" / "__init__.py").touch()
    info = tmp_path / "fake_models-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-models\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ntiny-one = fake_models:tiny\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "tiny-one" in installed_models()
    with folder_of("tiny-one") as folder:
        assert folder == tmp_path / "fake_models" / "tiny"
    with pytest.raises(MmcoreError, match="did you mean 'tiny-one'"), folder_of("tiny"):
        pass
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny-one").mkdir()
    with folder_of("tiny-one") as folder:  # a folder has priority
        assert folder == Path("tiny-one")
