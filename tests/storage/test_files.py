"""Atomic writes, folders of the user, and arrays cached on disk."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmcore.errors import MmcoreError
from mmcore.storage.arrays import cached_array
from mmcore.storage.files import atomic, cache_folder, data_folder, digest, write_text

KILLED = """
import os, signal, sys
from pathlib import Path
from mmcore.storage.files import atomic
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
path, os.replace = Path(sys.argv[1]), kill
with atomic(path) as temporary:
    if path.suffix:
        temporary.write_text("new")
    else:
        temporary.mkdir()
        (temporary / "a").write_text("new")
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mmcore"


def content(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_block_replaces_a_file_and_leaves_no_temporary(tmp_path):
    write_text(tmp_path / "a.json", "old")
    with atomic(tmp_path / "a.json") as temporary:
        temporary.write_text("new")
        assert temporary.suffix == ".json"
        assert temporary.name.startswith(".")
        assert (tmp_path / "a.json").read_text() == "old"
    assert content(tmp_path) == {"a.json": "new"}


def test_a_block_replaces_a_folder(tmp_path):
    for text in ("old", "new"):
        with atomic(tmp_path / "step") as temporary:
            (temporary / "sub").mkdir(parents=True)
            (temporary / "sub" / text).write_text(text)
    assert content(tmp_path) == {"step/sub/new": "new"}


def fail_within(path, *, is_folder):
    with atomic(path) as temporary:
        file = temporary / "half" if is_folder else temporary
        file.parent.mkdir(exist_ok=True)
        file.write_text("half")
        raise RuntimeError("stop")


@pytest.mark.parametrize("is_folder", [False, True])
def test_an_exception_leaves_the_old_content_and_no_temporary(tmp_path, is_folder):
    write_text(tmp_path / "a", "old")
    with pytest.raises(RuntimeError, match="stop"):
        fail_within(tmp_path / "a", is_folder=is_folder)
    assert content(tmp_path) == {"a": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    write_text(tmp_path / "a", "old")
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "a"):
        pass
    assert content(tmp_path) == {"a": "old"}


def test_a_process_that_is_killed_before_the_replacement_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    died = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_a_process_that_is_killed_leaves_no_half_folder(tmp_path):
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "step")], check=False)
    assert died.returncode == -signal.SIGKILL
    assert not (tmp_path / "step").exists()


def test_content_is_flushed_before_the_replacement(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def flushed(descriptor):
        calls.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        fsync(descriptor)

    def replaced(old, new):
        calls.append("replace")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", replaced)
    with atomic(tmp_path / "a") as temporary:
        temporary.mkdir()
        (temporary / "b").write_text("b")
        name = temporary.name
    assert calls == ["b", name, "replace", tmp_path.name]


def test_folders_follow_the_environment(tmp_path, monkeypatch, cache):
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    assert cache_folder() == cache
    assert data_folder() == cache / "data"
    monkeypatch.setenv("MMCORE_DATA", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data"
    assert data_folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "mmcore"


@pytest.mark.parametrize("dtype", [np.uint8, "float32", [("x", "i2", (3,)), ("seen", "?")]])
def test_an_array_is_filled_once_and_mapped_after_that(cache, dtype):
    counts = []

    def fill(values):
        counts.append(len(values))
        values[...] = np.ones(4, dtype)

    first = cached_array(["key"], (4,), dtype, fill)
    assert isinstance(first, np.memmap)
    assert (first == np.ones(4, dtype)).all()
    first[...] = np.zeros(4, dtype)
    again = cached_array(["key"], (4,), dtype, fill)
    assert (again == np.ones(4, dtype)).all(), "a change of the array must not reach the file"
    assert counts == [4]


@pytest.mark.parametrize(
    ("key", "shape", "dtype"),
    [(["b"], (4,), "u1"), (["a", ""], (4,), "u1"), (["a"], (2, 2), "u1"), (["a"], (4,), "i1")],
)
def test_another_key_shape_or_type_is_another_array(cache, key, shape, dtype):
    def fill(values):
        values[...] = 1

    cached_array(["a"], (4,), "u1", fill)
    cached_array(key, shape, dtype, fill)
    assert len(list((cache / "arrays").iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"no array at all"])
def test_a_damaged_file_is_computed_again(cache, damage):
    def fill(values):
        values[...] = 7

    cached_array(["a"], (3,), "u1", fill)
    (path,) = (cache / "arrays").iterdir()
    path.write_bytes(damage)
    assert cached_array(["a"], (3,), "u1", fill).tolist() == [7, 7, 7]


def test_an_array_of_another_shape_in_the_file_is_computed_again(cache):
    def fill(values):
        values[...] = 7

    cached_array(["a"], (3,), "u1", fill)
    (path,) = (cache / "arrays").iterdir()
    np.save(path, np.zeros(2, "u1"))
    assert cached_array(["a"], (3,), "u1", fill).tolist() == [7, 7, 7]


def test_a_failure_leaves_nothing_in_the_cache(cache):
    def fail(values):
        values[...] = 1
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        cached_array(["a"], (3,), "u1", fail)
    assert list((cache / "arrays").iterdir()) == []


def test_an_array_without_elements_needs_no_file(cache):
    assert cached_array(["a"], (0, 3), "u1", pytest.fail).shape == (0, 3)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_one_sentence(cache):
    cache.parent.write_text("a file where the folder should be")
    with pytest.raises(
        MmcoreError, match=r"cannot write 3 MB to the cache folder .*XDG_CACHE_HOME"
    ):
        cached_array(["a"], (3_000_000,), "u1", pytest.fail)


def test_an_array_larger_than_the_disk_is_one_sentence(cache):
    with pytest.raises(MmcoreError, match=r"no space left on the disk.*XDG_CACHE_HOME"):
        cached_array(["a"], (1 << 60,), "u1", pytest.fail)
    assert list((cache / "arrays").iterdir()) == []


def test_an_error_of_the_computation_is_not_an_error_of_the_cache(cache):
    def fail(values):
        raise PermissionError("the source")

    with pytest.raises(PermissionError, match="the source"):
        cached_array(["a"], (3,), "u1", fail)


def test_a_digest_depends_on_where_parts_begin():
    assert digest(["ab", "c"]) != digest(["a", "bc"]) != digest(["abc"])
    assert digest(["ab"]) == digest([b"ab"]) == digest([memoryview(b"ab")])
