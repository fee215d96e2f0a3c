"""Every line of bad input in a study, as a user meets it: one sentence that tells where, before training."""

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError

IDS = [f"p{n:02d}" for n in range(30)]
GOOD = "id,x\n" + "".join(f"{name},{n}.5\n" for n, name in enumerate(IDS))
BAD = {
    "ids twice": (GOOD + "p03,1\n", "1 ids in more than one row, such as 'p03'"),
    "ids of others": (GOOD.replace("p", "q"), "'q00', 'q01', 'q02'; b has 'p00', 'p01', 'p02'"),
    "a word": (GOOD.replace(",7.5", ",high"), "'high' in the numeric column 'x', row 'p07'"),
    "infinity": (GOOD.replace(",7.5", ",-inf"), "-inf in column 'x', row 'p07'"),
    "empty": ("", "is empty"),
    "names alone": ("id,x\n", "has column names but no rows"),
    "latin": (GOOD.replace(",7.5", ",ü").encode("latin-1"), "is not UTF-8 (it has the byte 0xfc)"),
    "utf-16": (GOOD.encode("utf-16"), "has characters of the code 0, as files in UTF-16"),
    "a short line": (GOOD.replace("p07,7.5", "p07"), "has 1 cell in line 9 and 2 column names"),
    "a long line": (GOOD.replace(",7.5", ",7,5"), "has 3 cells in line 9 and 2 column names"),
}


def mmcore(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Return a function that writes a study of what a file holds and a good table beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)

    def build(content, **a):
        folder = tmp_path / "study"
        folder.mkdir()
        (folder / "a.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "b.csv").write_text(GOOD)
        of = {"kind": "table", "file": "a.csv"} | a
        modalities = {"a": of, "b": {"kind": "table", "file": "b.csv"}}
        (folder / "study.yaml").write_text(yaml.safe_dump({"modalities": modalities}))
        return folder / "study.yaml"

    return build


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_by_check_and_by_train(study, case, tmp_path):
    content, messages = BAD[case]
    file = study(content)
    for command in (["data", "check", file], ["train", "--config", file, "--out", tmp_path / "r"]):
        error = mmcore(*command).exception
        assert isinstance(error, MmcoreError)
        assert messages in str(error)
        assert "\n" not in str(error)
    assert not (tmp_path / "r").exists()


def test_what_is_unusual_in_a_file_is_read_and_said(study):
    german = "\ufeff" + GOOD.replace(",", ";").replace(".", ",")
    result = mmcore("data", "check", study(german))
    assert result.exit_code == 0, result.output
    for messages in ("a byte order mark", "separated by ';'", "decimal commas"):
        assert messages in result.output
    assert "2 columns" not in result.output


def test_a_file_outside_the_folder_is_refused_unless_allowed(study, tmp_path):
    file = study(GOOD, file="../a.csv")
    (tmp_path / "a.csv").write_text(GOOD)
    error = mmcore("data", "check", file).exception
    assert isinstance(error, MmcoreError)
    assert "'../a.csv' lies outside the study's folder" in str(error)
    file.write_text(file.read_text() + "allow_outside: true\n")
    # The file that is guarded against does not switch off its own guard.
    assert "add --allow-outside to the command" in str(mmcore("data", "check", file).exception)
    result = mmcore("data", "check", file, "--allow-outside")
    assert result.exit_code == 0
    assert "train --config" in result.output
    assert result.output.strip().endswith("--allow-outside")


def test_a_picture_outside_the_folder_is_refused(study, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((4, 4), np.uint8))
    paths = "id,path\n" + "".join(f"{name},../x.npy\n" for name in IDS)
    error = mmcore("data", "check", study(paths, kind="image")).exception
    assert isinstance(error, MmcoreError)
    assert "'../x.npy' lies outside" in str(error)
