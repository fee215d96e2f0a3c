"""Run folders: old formats, the lock, changed data, another length, and the commands ``mmcore runs``."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig, TrainingConfig
from mmcore.data import Fingerprint, open_data
from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.inventory import damage
from mmcore.runs.folder.lock import locked, owner
from mmcore.runs.run import Run
from mmcore.runs.training import job
from mmcore.runs.training.resuming import resume
from mmcore.terminal.printing import Console
from mmcore.testing import catalogue_of
from mmcore.testing.catalogues import VECTORS
from mmcore.training.checkpoint import load_latest
from mmcore.training.state import TrainingState

FORMATS = Path(__file__).parent / "formats"
CATALOGUE = catalogue_of(*VECTORS)
QUIET = Console(quiet=True)
SUMMARY = {"data": "sample", "linear_probe": {}, "warnings": [], "last_metrics": {}}


@pytest.fixture
def brief(monkeypatch):
    """Runs end without figures and linear probes."""
    monkeypatch.setattr(job, "summarize", lambda *_: SUMMARY)


def config(steps=6, method="mmjsd", schedule="constant", options=None, **training):
    return RunConfig(
        model=ModelConfig(
            modalities={n: ModalityConfig(kind=f"vector-{n}") for n in "ab"},
            content_dim=2,
            style_dim=1,
            method=method,
            options={"style_warmup": 0.0} if options is None else options,
        ),
        data=DataConfig(mode="sample", pairings=1),
        training=TrainingConfig(
            **{"steps": steps, "batch_size": 16, "precision": "32-true", "accelerator": "cpu"},
            **{"log_every": 3, "checkpoint_every": 3, "trackers": ()},
            **{"optimizer_options": {"schedule": schedule}} | training,
        ),
    )


def trained(folder, *arguments, **options):
    return job.run(
        config(*arguments, **options), RunFolder(folder), catalogue=CATALOGUE, console=QUIET
    )


def weights(folder):
    return load_file(folder / "model" / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def continued(folder, **options):
    return resume(folder, catalogue=CATALOGUE, console=QUIET, **options)


# -- formats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_run_of_an_earlier_format_is_read_and_continued(tmp_path, brief, number):
    folder = Path(shutil.copytree(FORMATS / number, tmp_path / "run"))
    run = Run.open(folder, CATALOGUE)
    assert same(dict(run.model.state_dict()), weights(folder))
    assert run.record["format"] == 2
    assert run.evaluation is not None
    assert len(run.data().train) == 120
    assert damage(run.files) == []
    before = weights(folder)
    state = TrainingState.start(run.model, run.config.training)
    assert load_latest(run.files.checkpoints, run.model, state).skipped == ()
    assert state.step == 6
    shutil.rmtree(folder / "model")
    (folder / "summary.json").unlink()
    continued(folder)
    after = weights(folder)  # with a generation prior, which earlier formats do not have
    assert same({name: after[name] for name in before}, before)


def test_a_format_of_the_future_is_one_sentence(tmp_path):
    folder = Path(shutil.copytree(FORMATS / "2", tmp_path / "run"))
    document = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**document, "format": 3}))
    with pytest.raises(
        MmcoreError, match=r"has the format 3, expected a number from 1 to 2; .*newer"
    ):
        _ = Run.open(folder, CATALOGUE).record


# -- the lock ----------------------------------------------------------------------------------


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(tmp_path, brief):
    trained(tmp_path / "run")
    with locked(tmp_path / "run"), pytest.raises(MmcoreError, match=f"process {os.getpid()} on"):
        continued(tmp_path / "run", steps=9)
    continued(tmp_path / "run", steps=9)
    assert owner(tmp_path / "run") is None


def test_of_two_new_runs_in_one_folder_one_wins(tmp_path, brief):
    """Both have checked that the folder is new before one of them begins."""
    barrier, results = threading.Barrier(2), []
    jobs = [
        job.TrainingJob(config(), RunFolder(tmp_path / "run"), CATALOGUE, QUIET) for _ in range(2)
    ]

    def start(one):
        barrier.wait()
        try:
            results.append(one.start())
        except MmcoreError as error:
            results.append(error)

    threads = [threading.Thread(target=start, args=(one,)) for one in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (refused,) = [r for r in results if isinstance(r, MmcoreError)]
    assert "is used by" in str(refused) or "already holds" in str(refused)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in lines]
    assert steps == [3, 6]


def test_the_lock_of_a_process_that_died_is_free(tmp_path):
    script = (
        "import os, sys; from pathlib import Path; from mmcore.runs.folder.lock import locked\n"
        "with locked(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert died.returncode == -9
    assert owner(tmp_path).pid != os.getpid()
    with locked(tmp_path):
        assert owner(tmp_path).pid == os.getpid()


# -- another length ----------------------------------------------------------------------------


def test_an_extended_run_has_the_weights_of_one_of_that_length(tmp_path, brief):
    trained(tmp_path / "long", 10)
    trained(tmp_path / "short", 6)
    continued(tmp_path / "short", steps=10)
    assert same(weights(tmp_path / "short"), weights(tmp_path / "long"))
    assert read_config(tmp_path / "short" / "config.yaml").training.steps == 10
    assert damage(RunFolder(tmp_path / "short")) == []


@pytest.mark.parametrize(
    ("options", "steps", "reason"),
    [
        ({"schedule": "one-cycle"}, 10, "schedule of 'adam'"),
        ({"schedule": "cosine"}, 10, "schedule of 'adam'"),
        ({"options": {}}, 10, "loss of 'mmjsd', as by style_warmup,"),
        ({}, 4, "--steps is 4, expected more than the 6 steps that are done"),
        ({}, 6, "is finished"),
        ({}, None, "is finished"),
    ],
)
def test_a_run_whose_steps_depend_on_the_length_is_not_extended(
    tmp_path, brief, options, steps, reason
):
    trained(tmp_path / "run", 6, **options)
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    with pytest.raises(MmcoreError, match=reason):
        continued(tmp_path / "run", steps=steps)
    assert {p: p.read_bytes() for p in before} == before


# -- changed data ------------------------------------------------------------------------------


def study(folder, factor=1.0, ids=range(20)):
    rows = [f"p{n:02d},{factor * (n % 7)},{n % 3}" for n in ids]
    (folder / "a.csv").write_text("\n".join(["id,x,y", *rows]) + "\n")
    modalities = {"a": {"kind": "table", "file": "a.csv"}}
    training = {"steps": 2, "precision": "32-true", "accelerator": "cpu", "trackers": []}
    document = {"modalities": modalities, "training": training}
    (folder / "study.yaml").write_text(yaml.safe_dump(document))


def mmcore(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"factor": 10.0}, "'a.csv' has changed"),
        ({"ids": [*range(10), *range(19, 9, -1)]}, "'a.csv' has changed"),
    ],
)
def test_changed_data_is_noticed_by_all_that_read_it(tmp_path, brief, monkeypatch, change, reason):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    study(tmp_path)
    run = tmp_path / "run"
    assert mmcore("train", "--config", tmp_path / "study.yaml", "--out", run).exit_code == 0
    study(tmp_path, **change)
    out = ("--out", tmp_path / "out.csv")
    for command in (["embed", run, *out], ["evaluate", run, "--metrics", "imputation"]):
        error = mmcore(*command).exception
        assert isinstance(error, MmcoreError)
        assert f"since the training: {reason}" in str(error)
    assert mmcore("embed", run, *out, "--accept-changed-data").exit_code == 0
    (run / "summary.json").unlink()
    error = mmcore("train", "--resume", run).exception
    assert f"since step 2 of the run: {reason}" in str(error)
    assert not (run / "summary.json").exists()
    assert mmcore("train", "--resume", run, "--accept-changed-data").exit_code == 0
    assert reason in json.loads((run / "run.json").read_text())["accepted_changes"][0]


def test_the_items_of_a_data_set_are_part_of_the_fingerprint(monkeypatch):
    from mmcore.testing.vectors import VectorData

    def fingerprint() -> Fingerprint:
        data = open_data(config().data, config().model.modalities, CATALOGUE)
        return data.inputs.fingerprint()

    before, sample = fingerprint(), VectorData.sample

    def shifted(self, split):
        view = sample(self, split)
        view._items += split == "test"
        return view

    assert before.difference(fingerprint()) == ""
    monkeypatch.setattr(VectorData, "sample", shifted)
    assert before.difference(fingerprint()) == "the test items of a have changed"


# -- mmcore runs -------------------------------------------------------------------------------


def test_runs_are_listed_verified_and_cleaned(tmp_path):
    folder = Path(shutil.copytree(FORMATS / "2", tmp_path / "runs" / "one"))
    (folder / "checkpoints" / ".tmp-1-x").mkdir()
    (folder / ".tmp-2-y").write_text("left behind")
    (listed,) = json.loads(mmcore("runs", "list", tmp_path / "runs", "--json").stdout)
    assert (listed["state"], listed["steps"], listed["modalities"]) == (
        "finished",
        "6/6",
        ["a", "b"],
    )
    assert "finished, mmjsd of a, b" in mmcore("runs", "show", folder).stdout
    assert mmcore("runs", "verify", tmp_path).exit_code == 0
    before = sorted(tmp_path.rglob("*"))
    result = mmcore("runs", "clean", "--dry-run", tmp_path)
    assert "would remove" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before
    assert mmcore("runs", "clean", tmp_path).exit_code == 0
    assert not (folder / "checkpoints").exists()
    assert not (folder / ".tmp-2-y").exists()
    assert mmcore("runs", "verify", tmp_path).exit_code == 0
    assert "there is no run in" in str(mmcore("runs", "list", tmp_path / "none").exception)


@pytest.mark.parametrize(
    "name",
    ["config.yaml", "run.json", "summary.json", "metrics.jsonl", "evaluation.json"]
    + ["model/config.json", "model/model.safetensors", "checkpoints/best.safetensors"]
    + [f"checkpoints/step-00000006/{n}" for n in ("model.safetensors", "state.json")],
)
def test_verify_finds_a_changed_byte_and_a_removed_file(tmp_path, name):
    folder = Path(shutil.copytree(FORMATS / "2", tmp_path / "run"))
    content = bytearray((folder / name).read_bytes())
    content[-3] ^= 1
    (folder / name).write_bytes(content)
    assert any(Path(name).name in sentence for sentence in damage(RunFolder(folder)))
    assert mmcore("runs", "verify", folder).exit_code == 1
    if name != "config.yaml":
        (folder / name).unlink()
        if name != "summary.json":  # without it the run is not finished
            assert any(Path(name).name in sentence for sentence in damage(RunFolder(folder)))
