import json
import subprocess
import sys

import pytest
from mmcore_svhn.data import SAMPLE_SIZE
from support.imports import check_imports
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError

SHORT = ["--data", "sample", "--steps", "6", "--batch-size", "32", "--precision", "32-true"]
SHORT += ["--accelerator", "cpu"]


def mmcore(*arguments):
    result = CliRunner().invoke(app, ["train", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


@pytest.fixture(scope="module", autouse=True)
def few_house_numbers():
    """Draw 10 % of the images of the sample: each takes a millisecond."""
    with pytest.MonkeyPatch.context() as patch:
        for split, size in SAMPLE_SIZE.items():
            patch.setitem(SAMPLE_SIZE, split, size // 10)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    result = mmcore("--modalities", "mnist,svhn,text", *SHORT, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_the_first_line_says_what_the_data_is(finished):
    data, computation, note = finished[1].splitlines()[:3]
    assert data == "data: sample"
    assert computation.startswith("computation: 32-true, not compiled, 1 process with ")
    assert (
        note == "note: the modalities suggest style_cross_gradient 0.1; your options override them"
    )


def test_the_folder_explains_itself(finished):
    folder, _ = finished
    names = {p.name for p in folder.iterdir()}
    assert names == {
        ".lock",
        "checkpoints",
        "config.yaml",
        "figures",
        "manifest.json",
        "metrics.jsonl",
        "model",
        "run.json",
        "summary.json",
        "tensorboard",
    }
    assert {p.name for p in (folder / "figures").iterdir()} == {"cross_generation.png", "loss.png"}
    record = json.loads((folder / "run.json").read_text())
    assert record["data"] == "sample"
    assert {"versions", "plugins", "seed", "host", "duration_seconds"} <= record.keys()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["data"] == "sample"
    assert list(summary["linear_probe"]) == [
        "mnist",
        "svhn",
        "text",
        "mnist+svhn",
        "mnist+text",
        "svhn+text",
        "mnist+svhn+text",
    ]


def test_nothing_is_pickled(finished):
    for path in finished[0].rglob("*"):
        if path.is_file():
            head = path.read_bytes()[:4]
            assert not head.startswith((b"\x80\x02", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")), path


@pytest.mark.usefixtures("unsummarized")
def test_the_configuration_repeats_the_run(finished, tmp_path):
    folder, _ = finished
    result = mmcore("--config", folder / "config.yaml", "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output
    weights = [
        (run / "model" / "model.safetensors").read_bytes() for run in (folder, tmp_path / "again")
    ]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("way", ["--config", "--resume"])
def test_a_configuration_whose_plug_in_is_gone_says_what_it_was_made_with(way, finished, tmp_path):
    # As if it had been made with a plug-in that is not here.
    text = (finished[0] / "config.yaml").read_text().replace("svhn", "sonar")
    (tmp_path / "config.yaml").write_text(text)
    given = {
        "--config": [tmp_path / "config.yaml", "--out", tmp_path / "run"],
        "--resume": [tmp_path],
    }
    messages = str(mmcore(way, *given[way]).exception)
    assert "unknown modality 'sonar'" in messages
    assert messages.endswith("(the model was trained with mmcore-sonar 0.1.0)")


@pytest.mark.usefixtures("unsummarized")
def test_one_modality_and_missing_values_train(tmp_path):
    assert mmcore("--modalities", "text", *SHORT, "--out", tmp_path / "one").exit_code == 0
    several = ["--modalities", "mnist,text", *SHORT, "--drop", "0.4", "--out", tmp_path / "two"]
    assert mmcore(*several).exit_code == 0


BAD = {
    "unknown modality": (["--modalities", "mnist,svnh"], "unknown modality 'svnh'"),
    "nothing named": ([], "no modality is named"),
    "twice": (["--modalities", "mnist,mnist"], "has 'mnist' twice"),
    "unknown method": (["--modalities", "mnist", "--method", "mmjds"], "did you mean 'mmjsd'"),
    "negative size": (["--modalities", "mnist", "--content-dim", "-3"], "content_dim=-3"),
    "no size": (["--modalities", "mnist", "--style-dim", "many"], "--style-dim is 'many'"),
    "weights": (
        ["--modalities", "mnist", "--weights", "prior=0.5,mnist=0.6"],
        "weights sum to 1.1",
    ),
    "weights that are none": (
        ["--modalities", "mnist", "--weights", "half"],
        "expected NAME=NUMBER",
    ),
    "data": (["--modalities", "mnist", "--data", "fake"], "'auto', 'real' or 'sample'"),
    "option": (["--modalities", "svhn", "--set", "svhn.widht=3"], "did you mean 'width'"),
    "option of another": (
        ["--modalities", "mnist", "--set", "svhn.width=3"],
        "neither one of the modalities mnist nor",
    ),
    "no configuration": (["--config", "nowhere.yaml"], "no configuration at 'nowhere.yaml'"),
    "no run": (["--resume", "nowhere"], "holds no run"),
    "no real data": (
        ["--modalities", "mnist", "--data", "real", "--data-dir", "nowhere"],
        "train-images-idx3-ubyte",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_writes_nothing(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, messages = BAD[case]
    result = mmcore(
        *arguments, *([] if "--resume" in arguments else ["--steps", "3", "--out", "run"])
    )
    assert isinstance(result.exception, MmcoreError)
    assert messages in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_exits_with_2_and_no_traceback():
    command = [sys.executable, "-m", "mmcore", "train", "--modalities", "mnits"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown modality 'mnits'")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_folder_with_a_finished_run_is_left_alone(finished):
    folder, _ = finished
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    result = mmcore("--modalities", "mnist", *SHORT, "--out", folder)
    assert "already holds a finished run" in str(result.exception)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


@pytest.mark.parametrize(
    "text",
    [
        "model: {modalities: {}}",
        "modle: {}",
        ": : :",
        "model: {modalities: {a: {kind: mnist, x: 1}}}",
    ],
)
def test_a_bad_configuration_file_is_one_sentence(text, tmp_path):
    (tmp_path / "config.yaml").write_text(text)
    result = mmcore("--config", tmp_path / "config.yaml", "--out", tmp_path / "run")
    assert isinstance(result.exception, MmcoreError)
    assert str(tmp_path / "config.yaml") in str(result.exception)
    assert not (tmp_path / "run").exists()


LIGHT = [
    ["--help"],
    ["train", "--help"],
    ["plugins", "list"],
    ["train", "--modalities", "mnits"],
    ["train", "--modalities", "mnist", "--content-dim", "-1"],
    ["train", "--modalities", "mnist", "--method", "mmjds"],
]


def test_what_needs_no_torch_imports_none(tmp_path):
    check_imports(LIGHT, ["torch"], tmp_path)
