"""Delimited files with other suffixes, other separators, and in compressed files."""

import bz2
import gzip
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from mmcore.data.tables import open_table
from mmcore.data.tables.formats import compressed
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})
CSV = b"id,x,t\n007,1.5,a\n08,,b\n"
WANTED = {"id": ["007", "08"], "x": [1.5, None], "t": ["a", "b"]}


def cells(path):
    table = open_table(path, CORE).table
    frame = pd.concat(table.frames(table.names, ["id"])).astype(object)
    return frame.where(frame.notna(), None).to_dict("list")


def zipped(path, *names, content=CSV):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)


def written(path, content=CSV):
    suffix = path.suffix.lower()
    if suffix == ".zip":
        zipped(path, "folder/", "folder/inner.csv", content=content)
    elif suffix == ".zst":
        with pa.output_stream(path, compression="zstd") as stream:
            stream.write(content)
    else:
        packed = {".gz": gzip.compress, ".bz2": bz2.compress}.get(suffix, bytes)
        path.write_bytes(packed(content))


@pytest.mark.parametrize("end", ["", ".gz", ".GZ", ".bz2", ".zst", ".zip"])
@pytest.mark.parametrize("stem", ["LABS.CSV", "a.csv", "a.tsv", "a.tab", "a.Txt"])
def test_suffix_and_compression_change_no_cell(tmp_path, stem, end):
    path = tmp_path / f"{stem}{end}"
    written(path)
    assert cells(path) == WANTED


def test_a_zip_has_one_table(tmp_path):
    path = tmp_path / "a.zip"
    zipped(path, "a.tsv", "__MACOSX/._a.tsv", content=CSV.replace(b",", b"\t"))
    assert cells(path) == WANTED | {"x": [1.5, None]}
    path.unlink()
    zipped(path, "a.csv", "b.csv")
    with pytest.raises(
        MmcoreError, match=r"a\.zip' has 2 files in it \(a.csv, b.csv\), expected one"
    ):
        cells(path)


def test_a_gzip_file_may_have_several_parts(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV[:10]) + gzip.compress(CSV[10:]))
    assert cells(tmp_path / "a.csv.gz") == WANTED


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " "])
def test_the_separator_of_a_text_file_is_detected(tmp_path, mark):
    (tmp_path / "a.txt").write_bytes(CSV.replace(b",", mark.encode()).replace(b"\n08", b"\n08"))
    assert cells(tmp_path / "a.txt") == WANTED


@pytest.mark.parametrize("end", [".gz", ".bz2", ".zst", ".zip"])
def test_a_damaged_file_is_one_sentence(tmp_path, end):
    path = tmp_path / f"a.csv{end}"
    written(path, CSV * 1000)
    whole = path.read_bytes()
    for content in (b"stand-in..", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(MmcoreError, match=rf"'{path}' is not a readable \{end} file"):
            cells(path)
    written(path, b"")
    with pytest.raises(MmcoreError, match=f"'{path}' is empty"):
        cells(path)


@pytest.mark.parametrize("end", [".gz", ".bz2", ".zst", ".zip"])
def test_the_size_after_decompression_is_bounded(tmp_path, monkeypatch, end):
    monkeypatch.setattr(compressed, "LEAST", 1000)
    path = tmp_path / f"a.csv{end}"
    written(path, b"id,x\n" + b"0" * 3_000_000)
    with pytest.raises(MmcoreError, match=r"larger than .* when it is decompressed"):
        cells(path)


def test_errors_name_the_compressed_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,x\nA,1\nB,1,2\n"))
    with pytest.raises(MmcoreError, match=f"'{path}' has 3 cells in line 3"):
        cells(path)
