"""Each kind of damage to each file of a run: one sentence or the right answer, and never other weights."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmcore.config import (
    DataConfig,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    ValidationConfig,
)
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Context
from mmcore.plugins.loading import NoSettings
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.run import Run
from mmcore.runs.training import job
from mmcore.storage.manifest import hashes
from mmcore.storage.schemas import read_metrics
from mmcore.testing import catalogue_of
from mmcore.testing.catalogues import VECTORS
from mmcore.training.checkpoint import load_best, load_latest
from mmcore.training.serialization import pack
from mmcore.training.state import TrainingState
from mmcore.training.writers import CsvTracker, JsonLinesTracker

HERE = Path(__file__).parent
CATALOGUE = catalogue_of(*VECTORS)
CONFIG = RunConfig(
    model=ModelConfig(
        modalities={n: ModalityConfig(kind=f"vector-{n}") for n in "ab"}, content_dim=2, style_dim=1
    ),
    data=DataConfig(mode="sample", pairings=1),
    training=TrainingConfig(
        steps=4,
        batch_size=16,
        precision="32-true",
        accelerator="cpu",
        log_every=2,
        checkpoint_every=2,
        trackers=("csv",),
        validation=ValidationConfig(share=0.2, every=2, patience=9),
    ),
)
SUMMARY = {"data": "sample", "linear_probe": {}, "warnings": [], "last_metrics": {}}
LAST, BEFORE = "checkpoints/step-00000004", "checkpoints/step-00000002"
JSON = (
    f"{LAST}/state.json",
    f"{LAST}/manifest.json",
    "checkpoints/best.json",
    "model/config.json",
    "model/manifest.json",
    "run.json",
    "summary.json",
    "evaluation.json",
    "manifest.json",
)
TENSORS = (
    f"{LAST}/model.safetensors",
    f"{LAST}/optimizer.safetensors",
    "checkpoints/best.safetensors",
    "model/model.safetensors",
)
OTHERS = ("config.yaml", "metrics.jsonl", "metrics.csv")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a finished run, made once."""
    folder = tmp_path_factory.mktemp("damage") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "summarize", lambda *_: SUMMARY)
        job.run(CONFIG, RunFolder(folder), catalogue=CATALOGUE, console=job.Console(quiet=True))
    shutil.copy(HERE / "formats" / "1" / "evaluation.json", folder)
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "run"))


def flipped(share):
    def flip(path):
        content = bytearray(path.read_bytes())
        content[int(share * (len(content) - 1))] ^= 1 << 4
        path.write_bytes(content)

    return flip


def text(content):
    return lambda path: path.write_text(content)


def grown(path):
    os.truncate(path, 1 << 40)  # sparse


def replaced(make):
    def replace(path):
        path.unlink()
        make(path)

    return replace


def swapped(path):
    """With the same file of the checkpoint before, or with another file of the type."""
    run = next(parent for parent in path.parents if parent.name == "run")
    others = [run / BEFORE / path.name, *sorted(run.rglob(f"*{path.suffix}")), run / "run.json"]
    content = path.read_bytes()
    other = next(o for o in others if o.is_file() and o != path and o.read_bytes() != content)
    path.write_bytes(other.read_bytes())


DAMAGE = {
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a byte less": lambda path: os.truncate(path, path.stat().st_size - 1),
    **{f"a bit at {share}": flipped(share) for share in (0.02, 0.3, 0.6, 0.9)},
    "removed": Path.unlink,
    "empty": text(""),
    "garbage": lambda path: path.write_bytes(b"\x80\x04\xff\x00" * 99),
    "deep": text("[" * 100_000),
    "deep objects": text('{"a":' * 100_000),
    "huge": grown,
    "swapped": swapped,
    "a folder": replaced(Path.mkdir),
    "a pipe": replaced(os.mkfifo),
    "a list": text("[]"),
    "null": text("null"),
    "a number of 5,000 digits": text("9" * 5000),
}


def weights(folder, name):
    return load_file(folder / name)


def equal(one, other):
    return all(torch.equal(one[name].to(other[name]), other[name]) for name in other)


def read(folder, whole):
    """Read all that commands read of a run; weights are those of the whole run, or a sentence is raised."""
    opened = Run.open(folder, CATALOGUE)
    assert opened.record["data"] == "sample"
    _ = opened.summary, opened.evaluation
    assert equal(opened.model.state_dict(), weights(whole, "model/model.safetensors"))


def continued(folder, whole):
    """Load the newest checkpoint that can be used; it is one of the whole run, or there is none."""
    model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
    first = {name: value.clone() for name, value in model.state_dict().items()}
    state = TrainingState.start(model, CONFIG.training)
    loaded = load_latest(folder / "checkpoints", model, state)
    assert all("\n" not in sentence for sentence in loaded.skipped)
    expected = {0: first}
    expected |= {n: weights(whole, f"checkpoints/step-{n:08d}/model.safetensors") for n in (2, 4)}
    assert equal(model.state_dict(), expected[state.step])
    assert (state.step == 4) or loaded.skipped
    if state.step:
        moments = {}
        pack(state.optimizer.state_dict(), moments, "optimizer")
        stored = load_file(folder / f"checkpoints/step-{state.step:08d}/optimizer.safetensors")
        assert all(torch.equal(value, stored[name]) for name, value in moments.items())
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    state.optimizer.step()
    state.schedule.step()


def best(folder, whole):
    model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
    load_best(folder / "checkpoints", model)
    assert equal(model.state_dict(), weights(whole, "checkpoints/best.safetensors"))


def metrics(folder, whole):
    for kind in (JsonLinesTracker, CsvTracker):
        kind(NoSettings(), Context()).start(folder, CONFIG, 4)
    lines = read_metrics(folder / "metrics.jsonl")
    assert all(line["step"] <= 4 for line in lines)


def answer(action, folder, whole):
    """Return the sentence with which an action ends, or "right" if it ends."""
    result = "right"
    try:
        action(folder, whole)
    except MmcoreError as error:
        result = str(error)
    assert "\n" not in result
    assert len(result) < 1000
    return result


def actions(name):
    if name.startswith("checkpoints/step"):
        return [continued]
    if name.startswith("checkpoints"):
        return [best]
    return [metrics] if name.startswith("metrics") else [read]


CASES = [
    (name, damage)
    for name in (*JSON, *TENSORS, *OTHERS)
    for damage in DAMAGE
    if damage != "huge" or name in ("run.json", *TENSORS)
]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_file_is_a_sentence_or_the_right_answer(copy, whole, name, damage):
    DAMAGE[damage](copy / name)
    for action in actions(name):
        answer(action, copy, whole)


def test_the_whole_run_is_right(copy, whole):
    assert [answer(a, copy, whole) for a in (read, continued, best, metrics)] == ["right"] * 4


def paths(document, prefix=()):
    """Yield the path of every value in a document."""
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in items:
        yield (*prefix, key)
        yield from paths(value, (*prefix, key))


WRONG = (None, "x", -1, 1e400, True, [], {}, [[1]], {"tensor": "x"}, {"dict": 5}, "\ud800")


def resealed(folder):
    """Write the hashes of the files as they are, as somebody would who builds a file on purpose."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["files"] = {n: h.model_dump() for n, h in hashes(folder, document["files"]).items()}
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("places", [5, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", JSON)
def test_a_value_of_another_type_is_a_sentence_or_the_right_answer(copy, whole, name, places):
    path = copy / name
    original = path.read_text()
    every = list(paths(json.loads(original)))
    for number, place in enumerate(every[:: max(1, len(every) // places)]):
        for wrong in WRONG[number % 4 :: 4] if places < len(every) else WRONG:
            document = json.loads(original)
            inner = document
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = wrong
            path.write_text(json.dumps(document), encoding="utf-8")
            if name.endswith(("state.json", "config.json")):
                resealed(path.parent)
            for action in actions(name):
                if place == ("step",):
                    continue  # any number of steps is possible
                answer(action, copy, whole)


def not_finite(tensors):
    name = next(n for n, value in tensors.items() if value.numel() > 1)
    tensors[name].view(-1)[0] = float("nan")


def other_shapes(tensors):
    for name, value in tensors.items():
        tensors[name] = torch.zeros(*value.shape, 2)


def no_shapes(tensors):
    for name in tensors:
        tensors[name] = torch.tensor(0.5)


def other_types(tensors):
    for name, value in tensors.items():
        tensors[name] = value.to(torch.complex64)


def other_names(tensors):
    tensors["x"] = tensors.pop(next(iter(tensors)))


def one_less(tensors):
    del tensors[next(iter(tensors))]


@pytest.mark.parametrize("name", [n for n in TENSORS if "best" not in n])
@pytest.mark.parametrize(
    "change", [not_finite, other_shapes, no_shapes, other_types, other_names, one_less]
)
def test_tensors_that_do_not_fit_are_refused_by_name(copy, whole, name, change):
    tensors = load_file(copy / name)
    change(tensors)
    save_file(tensors, copy / name)
    resealed((copy / name).parent)
    (action,) = actions(name)
    result = answer(action, copy, whole)
    if action is read:
        assert "model.safetensors" in result
        assert ("not finite in 'codec." in result) == (change is not_finite)
    else:
        model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
        state = TrainingState.start(model, CONFIG.training)
        (sentence,) = load_latest(copy / "checkpoints", model, state).skipped
        assert "step-00000004' cannot be used" in sentence
        assert state.step == 2


@pytest.mark.parametrize("damage", ["cut", "a bit at 0.9", "removed"])
@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(copy, name, damage):
    DAMAGE[damage](copy / LAST / name)
    model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
    state = TrainingState.start(model, CONFIG.training)
    (sentence,) = load_latest(copy / "checkpoints", model, state).skipped
    assert LAST in sentence
    assert state.step == 2


def test_an_optimizer_without_one_of_its_moments_is_refused(copy):
    path = copy / LAST / "state.json"
    document = json.loads(path.read_text())
    moments = document["optimizer"]["dict"][0][1]["dict"][0][1]["dict"]
    moments[:] = [pair for pair in moments if pair[0] != "exp_avg_sq"]
    path.write_text(json.dumps(document))
    resealed(path.parent)
    model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
    state = TrainingState.start(model, CONFIG.training)
    (sentence,) = load_latest(copy / "checkpoints", model, state).skipped
    assert "the optimizer cannot continue from its state" in sentence


def test_a_checkpoint_of_another_run_is_not_used(copy):
    model = Model.from_config(CONFIG.model, catalogue=CATALOGUE)
    state = TrainingState.start(model, CONFIG.training)
    manifest = json.loads((copy / LAST / "manifest.json").read_text())
    own = manifest["run"]
    manifest["run"] = {**own, "seed": "0" * 32}
    (copy / LAST / "manifest.json").write_text(json.dumps(manifest))
    (sentence,) = load_latest(copy / "checkpoints", model, state, own).skipped
    assert "belongs to a run with another seed" in sentence
    assert state.step == 2
    shutil.rmtree(copy / BEFORE)
    with pytest.raises(MmcoreError, match=r"another seed.*restore config\.yaml"):
        load_latest(copy / "checkpoints", model, state, own)
