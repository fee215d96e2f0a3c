"""A damaged file of any format is refused by a sentence, not by an error of a library or a crash."""

import gzip
import json
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import mmwrite
from scipy.sparse import csr_array

from mmcore.data.tables import open_table
from mmcore.data.tables.folders import folder_files
from mmcore.data.tables.paths import PathResolver
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

CATALOGUE = Catalogue.discover()
ROWS = 40
FRAME = pd.DataFrame({"id": [f"p{n:02d}" for n in range(ROWS)], "x": np.arange(ROWS) / 7})


def opened(path):
    return open_table(path, CATALOGUE)


def cells_of(path):
    table = opened(path).table
    return pd.concat(table.frames(table.names))


def write_sqlite(path):
    with sqlite3.connect(path) as database:
        FRAME.to_sql("t", database, index=False)
    database.close()


def write_h5(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "x", data=np.random.default_rng(0).random((ROWS, 3)), compression="gzip"
        )


def write_excel(path):
    pytest.importorskip("openpyxl")
    FRAME.to_excel(path, index=False)


FORMATS = {
    ".csv.gz": lambda path: FRAME.to_csv(path, index=False),
    ".feather": FRAME.to_feather,
    ".h5": write_h5,
    ".jsonl": lambda path: FRAME.to_json(path, orient="records", lines=True),
    ".mtx": lambda path: mmwrite(path, csr_array(np.eye(5))),
    ".npy": lambda path: np.save(path, FRAME[["x"]].to_numpy()),
    ".npz": lambda path: np.savez_compressed(path, x=FRAME[["x"]].to_numpy()),
    ".parquet": FRAME.to_parquet,
    ".sqlite": write_sqlite,
    ".xlsx": write_excel,
}


def damaged(content):
    """Yield the beginning of a file, and the file with some bytes inverted at several places."""
    for part in range(1, 8):
        place = part * len(content) // 8
        yield content[:place]
        yield (
            content[:place]
            + bytes(255 - byte for byte in content[place:][:8])
            + content[place + 8 :]
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_damaged_file_is_read_or_refused_by_a_sentence(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    FORMATS[suffix](path)
    whole = path.read_bytes()
    assert len(cells_of(path))
    refused = 0
    for content in damaged(whole):
        path.write_bytes(content)
        try:
            cells_of(path)
        except MmcoreError:
            refused += 1
    assert refused


def test_a_part_of_a_workbook_that_is_no_xml_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    write_excel(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for cut in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content[: len(content) // 2] if name == cut else content)
        with pytest.raises(MmcoreError, match=r"not a readable Excel file .*line 1, column"):
            opened(path)


@pytest.mark.parametrize("place", [-1, 3])
def test_an_index_outside_of_a_sparse_matrix_is_no_access_to_memory(tmp_path, place):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"], group["features/id"] = [b"p", b"q"], [b"f", b"g", b"h"]
        group["shape"], group["data"] = [3, 2], [1, 1]
        group["indices"], group["indptr"] = [0, place], [0, 1, 2]
    with pytest.raises(MmcoreError, match="indices must be"):
        opened(path)


def test_a_sparse_matrix_of_anndata_is_checked(tmp_path):
    anndata = pytest.importorskip("anndata")
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.h5ad"
    anndata.AnnData(csr_array(np.eye(3, 2))).write_h5ad(path)
    assert len(cells_of(path)) == 3
    for change, message in [
        (lambda x: x["indices"].__setitem__(0, 9), "indices must be"),
        (lambda x: x.attrs.__setitem__("encoding-type", "other"), "has the type 'other'"),
    ]:
        with h5py.File(path, "r+") as file:
            change(file["X"])
        with pytest.raises(MmcoreError, match=rf"not a readable \.h5ad file .*{message}"):
            opened(path)


def test_a_matrix_has_as_many_names_as_columns(tmp_path):
    pytest.importorskip("h5py")
    anndata = pytest.importorskip("anndata")
    import h5py

    path = tmp_path / "a.h5ad"
    anndata.AnnData(np.eye(3, 2)).write_h5ad(path)
    with h5py.File(path, "r+") as file:
        attributes = dict(file["X"].attrs)
        del file["X"]
        file["X"] = np.eye(2)
        file["X"].attrs.update(attributes)
    with pytest.raises(MmcoreError, match=r"shape \(2, 2\) has 3 names of rows and 2 of columns"):
        opened(path)


def test_an_array_of_any_stated_size_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 2)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(MmcoreError, match="not a readable file of numpy"):
        opened(path)


@pytest.mark.parametrize(
    ("matrix", "names", "message"),
    [
        (np.eye(2), "gé\nh\n".encode("latin-1"), r"b\.rows\.txt' is not a readable file of names"),
        (1j * np.eye(2), b"g\nh\n", "its numbers are complex"),
    ],
)
def test_numbers_and_names_of_a_matrix_market_file_are_checked(tmp_path, matrix, names, message):
    mmwrite(tmp_path / "b.mtx", csr_array(matrix))
    (tmp_path / "b.rows.txt").write_bytes(names)
    with pytest.raises(MmcoreError, match=message):
        opened(tmp_path / "b.mtx")


def test_two_columns_of_one_name_in_a_parquet_file_are_refused(tmp_path):
    table = pa.table([FRAME["id"], FRAME["x"], FRAME["x"]], names=["id", "x", "x"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(MmcoreError, match="two columns 'x'"):
        opened(tmp_path / "a.parquet")


def test_half_a_character_of_json_is_refused_and_a_whole_one_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "\N{DNA DOUBLE HELIX}", "x": 1}))
    assert cells_of(path)["id"].tolist() == ["\N{DNA DOUBLE HELIX}"]
    path.write_text(json.dumps({"id": "\ud800", "x": 1}))
    with pytest.raises(MmcoreError, match=r"line 1 .*surrogates not allowed"):
        opened(path)


def test_names_of_columns_in_another_encoding_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,\N{LATIN SMALL LETTER E WITH ACUTE}\np,1\n".encode("latin-1"))
    with pytest.raises(MmcoreError, match=r"not UTF-8 .*0xe9"):
        opened(path)


def test_a_gzip_file_that_ends_early_is_refused(tmp_path):
    (tmp_path / "a.mtx").write_text("%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n")
    (tmp_path / "barcodes.tsv").write_text("p\nq\n")
    names = gzip.compress(b"g\nh\n" * 50)[:-12]
    (tmp_path / "features.tsv.gz").write_bytes(names)
    with pytest.raises(MmcoreError, match=r"features\.tsv\.gz' is not a readable file of names"):
        opened(tmp_path / "a.mtx")


@pytest.mark.parametrize("name", [b"caf\xe9.png", b"p.png"])
def test_a_file_whose_name_or_content_cannot_be_read_is_refused(tmp_path, name):
    folder = tmp_path / "img"
    folder.mkdir()
    (folder / "q.png").write_bytes(b"")
    path = bytes(folder) + b"/" + name
    try:
        open(path, "wb").close() if b"\xe9" in name else (folder / "p.png").symlink_to("gone.png")
    except OSError:
        pytest.skip("the file system has names in UTF-8 only, or no links")
    message = "name is not UTF-8, 'caf" if b"\xe9" in name else "is a link to a file that does not"
    with pytest.raises(MmcoreError, match=message):
        folder_files("modality 'i'", "img", None, PathResolver(tmp_path, tmp_path))
