"""`mmcore prior fit`: the prior of a finished run is replaced, as a whole or not at all."""

import json
import shutil

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from support.runs import config, same, vector_catalogue, weights, without_summary

from mmcore.errors import MmcoreError
from mmcore.fitted import CONDITIONAL_PRIOR
from mmcore.runs.evaluation.prior import fit_prior
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.folder.inventory import damage
from mmcore.runs.folder.lock import locked
from mmcore.runs.run import Run
from mmcore.runs.training.job import run

CATALOGUE = vector_catalogue()
FILE = "model/generation_prior.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prior") / "run"
    with without_summary():
        run(config(batch_size=120), RunFolder(folder), catalogue=CATALOGUE)
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def opened(folder):
    return Run.open(folder, CATALOGUE).model


def damaged(folder):
    return [sentence for sentence in damage(RunFolder(folder)) if "prior" in sentence]


def generated(model):
    return torch.cat(list(model.generate(5, seed=1).values()), 1)


def test_a_prior_is_saved_and_samples_of_the_loaded_model_are_the_same(whole):
    one, other = opened(whole), opened(whole)
    assert one.fitted_prior is not None
    assert torch.equal(generated(one), generated(other))
    other.fitted_prior = None
    assert not torch.equal(generated(one), generated(other))


def test_a_prior_with_the_key_of_earlier_files_is_read(whole, copy):
    path = copy / FILE
    with safe_open(str(path), "pt") as file:
        header = {"generation_prior": file.metadata()["description"]}
    save_file(load_file(path), path, header)
    (path.parent / "manifest.json").unlink()
    assert torch.equal(generated(opened(copy)), generated(opened(whole)))


def test_the_fit_after_the_training_is_that_of_the_command(copy):
    """Also with hidden values: the command hides the same ones."""
    before = weights(copy)
    fit_prior(copy, "standard", catalogue=CATALOGUE)
    assert not (copy / FILE).exists()
    assert opened(copy).fitted_prior is None
    assert not damaged(copy)
    rows = config().training.steps * 120 // 10
    fit_prior(copy, "mixture", rows=rows, catalogue=CATALOGUE)
    assert same(weights(copy), before)
    assert not damaged(copy)


@pytest.mark.parametrize("name", ["gausian", "mixtur"])
def test_an_unknown_prior_is_refused_and_the_old_one_stays(copy, name):
    before = (copy / FILE).read_bytes()
    with pytest.raises(MmcoreError, match="did you mean"):
        fit_prior(copy, name, catalogue=CATALOGUE)
    with pytest.raises(MmcoreError, match="components"):
        fit_prior(copy, "mixture", {"components": 0}, catalogue=CATALOGUE)
    with pytest.raises(MmcoreError, match="--no-styles is an option of a conditional prior"):
        fit_prior(copy, styles=False, catalogue=CATALOGUE)
    with locked(copy), pytest.raises(MmcoreError, match="is used by"):
        fit_prior(copy, "gaussian", catalogue=CATALOGUE)
    assert (copy / FILE).read_bytes() == before


def test_a_process_that_ends_while_it_writes_leaves_the_old_prior(copy, monkeypatch):
    before = load_file(copy / FILE)

    def fails(*arguments):
        raise OSError(28, "no space left")

    monkeypatch.setattr("mmcore.fitted.save_file", fails)
    with pytest.raises(OSError, match="no space"):
        fit_prior(copy, "gaussian", catalogue=CATALOGUE)
    after = opened(copy).fitted_prior.prior.state_dict()
    assert same(before, after)


@pytest.mark.parametrize("listed", [True, False])
def test_a_damaged_prior_is_a_sentence(copy, listed):
    content = bytearray((copy / FILE).read_bytes())
    content[:9] = b"\xff" * 9
    (copy / FILE).write_bytes(content)
    if not listed:
        manifest = copy / "model" / "manifest.json"
        document = json.loads(manifest.read_text())
        del document["files"]["generation_prior.safetensors"]
        manifest.write_text(json.dumps(document))
    with pytest.raises(MmcoreError, match="mmcore prior fit"):
        opened(copy)
    assert damaged(copy)


def test_a_conditional_prior_is_written_beside_the_generation_prior(copy, monkeypatch):
    monkeypatch.setattr("mmcore.priors.diffusion.STEPS", 60)
    before, conditional = weights(copy), copy / "model" / CONDITIONAL_PRIOR
    fit_prior(copy, conditional=True, rows=60, catalogue=CATALOGUE)
    assert same(weights(copy), before)
    assert opened(copy).fitted_conditional is not None
    fit_prior(copy, "gaussian", catalogue=CATALOGUE)
    assert opened(copy).fitted_conditional is not None
    assert not damaged(copy)
    content = bytearray(conditional.read_bytes())
    content[:9] = b"\xff" * 9
    conditional.write_bytes(content)
    with pytest.raises(MmcoreError, match="mmcore prior fit --conditional"):
        opened(copy)
    assert damaged(copy)
    fit_prior(copy, "standard", conditional=True, catalogue=CATALOGUE)
    assert not conditional.exists()
    assert not damaged(copy)
