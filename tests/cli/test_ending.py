"""A signal ends every command with one message and an exit code; no file is half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from support.processes import Child

from mmcore.cli.main import run
from mmcore.storage.files import TEMPORARY

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
TRAINING = {"steps": 4, "batch_size": 16, "precision": "32-true", "accelerator": "cpu"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of two tables, and a finished run on it."""
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        frame = pd.DataFrame(random.normal(size=(40, 3)), columns=list("xyz"))
        frame.insert(0, "id", [f"p{n:02d}" for n in range(40)])
        frame.to_csv(folder / f"{name}.csv", index=False)
    modalities = {name: {"kind": "table", "file": f"{name}.csv"} for name in ("a", "b")}
    document = {"modalities": modalities, "training": TRAINING}
    (folder / "study.yaml").write_text(yaml.safe_dump(document))
    train = command(["train", "--config", folder / "study.yaml", "--out", folder / "run"], folder)
    assert train.wait() == 0, train.output.read_text()
    return folder


def command(arguments, folder, received=None):
    """Start a command in a child, which receives a signal when it has written its first temporary file."""

    def call():
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests run under nohup
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        sys.argv = ["mmcore", *map(str, arguments)]
        if received is not None:
            sys.addaudithook(receive_once)
        run()

    def receive_once(event, details, pending=[received]):  # noqa: B006 - a state of the hook
        if event == "open" and pending and is_temporary(str(details[0])):
            signal.raise_signal(pending.pop())

    return Child.calling(call, output=folder.parent / "output.txt")


def is_temporary(path):
    """Return whether a path is that of a temporary file with content."""
    return TEMPORARY in path and os.path.isfile(path) and os.path.getsize(path) > 0


def content(folder):
    """Return the files of the run with their content; the caches do not count."""
    files = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {path: path.read_bytes() for path in files}


WRITING = {
    "evaluate": ["evaluate", "run", "--rows", "8", "--metrics", "information"],
    "impute": ["impute", "run", "--out", "imputed.csv", "--samples", "19"],
    "embed": ["embed", "run", "--out", "embedded.csv"],
}


@pytest.mark.parametrize(("name", "received"), [*zip(WRITING, CODES, strict=True)])
def test_a_command_ends_cleanly_while_it_writes(folder, name, received):
    before = content(folder)
    child = command(WRITING[name], folder, received)
    code, output = child.wait(), child.output.read_text()
    assert code == CODES[received], output
    assert output.splitlines()[-1] == f"ended by {received.name}; start the command again"
    assert "Traceback" not in output
    assert content(folder) == before


ALL = {
    **WRITING,
    "score": ["score", "run", "--samples", "100", "--out", "scores.csv"],
    "data check": ["data", "check", "study.yaml"],
    "reproduce": ["reproduce", "mnist-svhn-text", "--data", "sample", "--out", "reproduced"],
    "train": ["train", "--config", "study.yaml", "--out", "trained", "--steps", "100000"],
}


def is_caught(number, pid):
    """Return whether a process has a handler of a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("received", CODES)
@pytest.mark.parametrize("name", ALL)
def test_every_command_ends_at_any_moment(folder, name, received):
    # From the moment at which Python has started and nothing is imported, to the work itself.
    for wait in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0):
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        process = subprocess.Popen(
            [sys.executable, "-m", "mmcore", *ALL[name]],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not is_caught(signal.SIGTERM, process.pid):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(wait)
        process.send_signal(received)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, CODES[received]), errors
        assert "Traceback" not in errors
        assert not list(folder.rglob(f"{TEMPORARY}*"))
        trained = folder / "trained" / "config.yaml"
        if trained.exists():
            assert errors.splitlines()[-1] == "mmcore train --resume trained"
            trained.unlink()
