"""The models of the package mmcore-models, and how a model of a package is opened by its name."""

import json
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mmcore import MmcoreError
from mmcore.demo.answers import generated
from mmcore.demo.given import Given, Request
from mmcore.demo.installed import GROUP, folder_of, installed_models
from mmcore.demo.subject import Subject

PACKAGE = Path(__file__).parents[2] / "models"
POINTS = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]
GIVEN = {"digits": ("text", "two"), "breast-cancer": ("mean", {"mean radius": 12.0})}
"""By model, a modality and its value."""
FOLDERS = {name: PACKAGE / place.replace(":", "/") for name, place in POINTS.items()}


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
    subject = Subject.open(FOLDERS[name], with_records=False)
    first, value = GIVEN[name]
    answer = generated(subject, Request(given={first: Given(value=value)}, styles=2))
    assert answer["generated"].keys() == {*subject.model.names} - {first}


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_a_packaged_model_has_its_records(name):
    subject = Subject.open(FOLDERS[name])
    assert subject.notes == ()
    key, first = next(iter(subject.examples.ids)), subject.model.names[0]
    answer = generated(subject, Request(given={first: Given(record=key)}))
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
