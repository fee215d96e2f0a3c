"""Changed files are noticed, and files that are only copied or touched are not."""

import os
import shutil

import pytest

from mmcore.data import fingerprint
from mmcore.data.fingerprint import Fingerprint, Inputs


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(["a", "b", "c"]):
        (tmp_path / name).write_bytes(bytes([number] * 8))
        os.utime(tmp_path / name, ns=(0, 1000 + number))
    return tmp_path


def mark(folder, known=None) -> Fingerprint:
    return Inputs({"img": sorted(folder.iterdir())}).fingerprint(known)


def swap(folder):
    shutil.move(folder / "a", folder / "t")
    shutil.move(folder / "b", folder / "a")
    shutil.move(folder / "t", folder / "b")


def older(folder):
    (folder / "a").write_bytes(b"other 8 ")
    os.utime(folder / "a", ns=(0, 500))


@pytest.mark.parametrize("change", [swap, older])
def test_a_file_in_the_place_of_another_is_noticed(folder, change):
    before = mark(folder)
    change(folder)
    assert "'img' has changed" in before.difference(mark(folder, before))


def test_touched_files_are_equal_and_unchanged_ones_are_not_read(folder, monkeypatch):
    before = mark(folder)
    os.utime(folder / "a")
    assert before.difference(mark(folder, before)) == ""
    before = mark(folder)
    monkeypatch.setattr(fingerprint, "file_hash", lambda path: pytest.fail("read again"))
    assert mark(folder, before) == before
