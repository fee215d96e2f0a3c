"""Arguments and disks that cannot be written: one sentence, exit code 2, nothing half-written."""

import os
import resource
from contextlib import contextmanager

import pytest

from mmcore.cli.main import run

LONG = "x" * 300


@pytest.fixture
def answer(monkeypatch, capsys, tmp_path):
    """Return a function that runs a command line and returns its exit code and its error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,x\n" + "".join(f"r{n},{n}.5\n" for n in range(20)))
    (tmp_path / "study.yaml").write_text("modalities: {a: {kind: table, file: a.csv}}")
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")

    def of(line):
        monkeypatch.setattr("sys.argv", ["mmcore", *line.split(" ")])
        with pytest.raises(SystemExit) as end:
            run()
        return end.value.code, capsys.readouterr().err

    return of


@contextmanager
def largest_file(size):
    """Limit the size of files as a full disk does: a write raises OSError."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


LINES = {
    "train --config study.yaml --steps 1 --out ": "argument of '--out' is empty",
    "train --config study.yaml --steps 1 --out=": "argument of '--out' is empty",
    "data check ": "argument of 'check' is empty",
    "train --config study.yaml --steps 1 --out /proc/x": "'/proc/x': no such file",
    "train --config study.yaml --steps 1 --out file/x": "'file/x': not a directory",
    "train --config study.yaml --steps 1 --out file": "'file' is a file",
    "train --config study.yaml --steps 1 --out fifo": "'fifo': file exists",
    "train --config study.yaml --steps 1 --out loop": "'loop': file exists",
    f"train --config study.yaml --steps 1 --out {LONG}": "name too long; use a shorter name",
    "train --config fifo --out r": "no configuration at 'fifo'",
    "data init a.csv --out /proc/x": "'/proc/x': no such file",
    f"data check {LONG}": "name too long",
    f"evaluate {LONG}": "name too long",
    "train --modalities mnist --set x=[1": "'--set x' is not YAML",
    "train --modalities mnist --set method=2": "method=2 is not valid",
}


@pytest.mark.parametrize(("line", "words"), LINES.items(), ids=[k[:60] for k in LINES])
def test_an_argument_that_cannot_be_used_is_one_sentence(answer, line, words, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    code, error = answer(line)
    assert code == 2
    assert words in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_one_sentence_and_the_file_stays_as_it_was(answer, tmp_path):
    with largest_file(100):
        code, error = answer("data init a.csv --out draft.yaml")
    assert code == 2
    assert "'draft.yaml': file too large" in error
    assert not [path for path in tmp_path.iterdir() if "draft" in path.name]


def test_an_error_that_is_not_of_the_disk_keeps_its_traceback(answer, monkeypatch):
    def broken(*_):
        raise ConnectionResetError(104, "connection reset")

    monkeypatch.setattr("mmcore.runs.folder.files.read_config_or_study", broken)
    with pytest.raises(ConnectionResetError):
        answer("data check study.yaml")


@pytest.mark.parametrize("size", [3000, 8000])
def test_a_full_disk_ends_a_training_with_a_sentence(answer, tmp_path, size):
    line = "train --config study.yaml --steps 1 --trackers jsonl --accelerator cpu --out run"
    with largest_file(size):
        code, error = answer(line)
    assert code == 2
    assert "'run/checkpoints/step-00000001': file too large" in error
    assert error.count("\n") == 1
    kept = [path for path in (tmp_path / "run").rglob("*") if path.name.startswith(".tmp-")]
    assert not kept
