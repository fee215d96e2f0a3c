"""HDF5, DuckDB, data sets of Hugging Face, and drafts of studies from AnnData and MuData."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.sparse import csc_matrix, csr_matrix

from mmcore.config.study import StudyConfig
from mmcore.data.tables import open_table
from mmcore.data.tables.check import check_study
from mmcore.data.tables.draft import draft_study
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.study import read_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import write_frames

h5py = pytest.importorskip("h5py")
CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})
IDS = ["007", "8", "b c"]
COUNTS = np.array([[0, 2, 0], [1, 0, 3], [0, 0, 4]])


def opened(path, **options):
    return open_table(path, CORE, options=options)


def cells(table):
    frame = pd.concat(table.table.frames(table.table.names)).astype(object)
    return frame.where(frame.notna(), None).to_dict("list")


def test_an_array_of_hdf5_is_read_by_its_path_with_the_columns_beside_it(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["expression/counts"] = COUNTS
        file["expression/id"] = np.array(IDS, dtype=h5py.string_dtype())
        file["other/id"] = np.arange(3)
        file["note"] = "a scalar"
    assert cells(opened(path)) == {
        "id": IDS,
        **{f"c{n + 1}": COUNTS[:, n].tolist() for n in range(3)},
    }
    with h5py.File(path, "a") as file:
        file["pca"] = COUNTS / 2
    with pytest.raises(MmcoreError, match=r"matrices expression/counts, pca; name one by array"):
        opened(path)
    assert cells(opened(path, array="/pca"))["c2"] == [1, 0, 0]
    with pytest.raises(MmcoreError, match="only read; choose"):
        write_frames(tmp_path / "b.h5", [pd.DataFrame({"x": [1]})], CORE)
    (tmp_path / "c.hdf5").write_text("no HDF5")
    with pytest.raises(MmcoreError, match="not a readable file of HDF5"):
        opened(tmp_path / "c.hdf5")


def test_an_array_whose_numbers_are_in_another_file_is_refused(tmp_path):
    np.arange(6.0).tofile(tmp_path / "secret")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        outside = [(str(tmp_path / "secret"), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset("x", (3, 2), "f8", external=outside)
    with pytest.raises(MmcoreError, match="the array 'x' in another file"):
        opened(tmp_path / "a.h5")


def test_a_file_of_10x_genomics_has_cells_as_rows_and_stays_sparse(tmp_path):
    columns = csc_matrix(COUNTS[:, :2].T)  # features in rows, as there
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("data", "indices", "indptr"):
            file[f"matrix/{name}"] = getattr(columns, name)
        file["matrix/shape"] = columns.shape
        file["matrix/barcodes"] = np.array(IDS, dtype="S")
        file["matrix/features/id"] = np.array(["g1", "g2"], dtype="S")
        file["matrix/features/name"] = np.array(["A", "A"], dtype="S")
    table = opened(tmp_path / "a.h5")
    assert cells(table) == {
        "": IDS,
        **dict(zip(["g1", "g2"], COUNTS[:, :2].T.tolist(), strict=True)),
    }
    assert table.table.sparse(["g1", "g2"]).dtype == np.uint8
    assert table.table.uniform == {"g1", "g2"}


def test_a_duckdb_database_is_read_only_and_reads_no_other_file(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "a.duckdb"
    (tmp_path / "b.csv").write_text("id,x\nA,1\n")
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE labs (id TEXT, n BIGINT, d DECIMAL(5, 2), t DATE)")
        database.execute(
            "INSERT INTO labs VALUES ('007', 1, 0.25, '2020-01-31'), ('b', NULL, 2, NULL)"
        )
        database.execute('CREATE VIEW "the ""old""" AS SELECT id, n FROM labs WHERE n > 0')
        database.execute(f"CREATE VIEW outside AS SELECT * FROM read_csv('{tmp_path}/b.csv')")
    before = path.read_bytes()
    assert cells(opened(path, table="labs")) == {
        "id": ["007", "b"],
        "n": [1, None],
        "d": [0.25, 2.0],
        "t": [pd.Timestamp("2020-01-31"), None],
    }
    assert cells(opened(path, table='the "old"')) == {"id": ["007"], "n": [1]}
    with pytest.raises(MmcoreError, match="several tables, expected table: NAME"):
        opened(path)
    with pytest.raises(MmcoreError, match="not a readable DuckDB database"):
        opened(path, table="outside")
    assert path.read_bytes() == before


def hugging_face(folder, rows=5):
    """Write a data set in two files with the library, and return its cells."""
    datasets = pytest.importorskip("datasets")
    words = [f"word {n}" for n in range(rows)]
    features = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["no", "yes"])
    )
    labels = [n % 2 for n in range(rows - 1)] + [None]
    data = datasets.Dataset.from_dict({"text": words, "label": labels}, features=features)
    datasets.disable_progress_bars()
    datasets.DatasetDict({"train": data, "test": data}).save_to_disk(
        folder, num_shards={"train": 2, "test": 1}
    )
    return {"text": words, "label": ["no", "yes"] * 2 + [None]}


def test_a_data_set_of_hugging_face_is_read_from_its_folder(tmp_path):
    wanted = hugging_face(tmp_path / "reviews")
    table = opened(tmp_path / "reviews" / "train")
    assert cells(table) == wanted
    assert sum(path.suffix == ".arrow" for path in table.beside) == 2
    with pytest.raises(MmcoreError, match=r"several data sets; name one of test, train as"):
        opened(tmp_path / "reviews")
    state = tmp_path / "reviews" / "test" / "state.json"
    state.write_text(
        json.dumps({"_data_files": [{"filename": "../train/data-00000-of-00002.arrow"}]})
    )
    with pytest.raises(MmcoreError, match="expected '_data_files' in the same folder"):
        opened(state.parent)
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        MmcoreError, match=r"is a folder, expected a file, .*or a data set with .*folder"
    ):
        opened(tmp_path / "empty")
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(MmcoreError, match=r"no reader; convert it with anndata: .*read_zarr"):
        opened(tmp_path / "a.zarr")


def test_all_files_of_a_folder_are_part_of_the_fingerprint(tmp_path):
    hugging_face(tmp_path / "reviews")
    config = StudyConfig.model_validate(
        {"id": "row", "modalities": {"a": {"kind": "table", "file": "reviews/train"}}}
    )
    study = config.data(str(tmp_path))
    paths = PathResolver.of(study, None)
    read_study(study, paths, 0, CORE)
    names = sorted(path.name for path in paths.used["reviews/train"])
    assert names == ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow", "state.json"]


@pytest.fixture
def object_strings():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pd.option_context("future.infer_string", False):
            yield


def anndata(first=0):
    from anndata import AnnData

    names = [f"c{n}" for n in range(6)]
    obs = pd.DataFrame({"note": names, "n": range(6), "type": list("TBTBTB")}, index=names)
    counts = csr_matrix(np.arange(18.0).reshape(6, 3) % 5)
    data = AnnData(counts, obs=obs, var=pd.DataFrame(index=[f"g{first + n}" for n in range(3)]))
    data.layers["counts\nid: x"] = counts
    return data


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_draft_declares_dates_and_passes_the_check(tmp_path, suffix):
    days = pd.date_range("2020-01-30", periods=40)
    frame = pd.DataFrame(
        {
            "id": [f"p{n}" for n in range(40)],
            "visit": days if suffix == "parquet" else days.strftime("%d.%m.%Y"),
            "stay": [f"{n % 9}:15" for n in range(40)],
            "unclear": [f"{n % 9 + 1}/{n % 7 + 1}/2020" for n in range(40)],
            "x": np.linspace(-1, 1, 40),
        }
    )
    write_frames(tmp_path / f"a.{suffix}", [frame])
    text = draft_study([tmp_path / f"a.{suffix}"], tmp_path / "s.yaml", Catalogue.discover())
    drafted = yaml.safe_load(text)
    assert drafted["modalities"]["a"]["types"] == {"visit": "date", "stay": "duration"}
    drafted["modalities"]["a"]["columns"] = ["*", "!unclear"]
    check_study(StudyConfig.model_validate(drafted), tmp_path, Catalogue.discover())


def test_a_study_is_drafted_from_anndata_and_mudata(tmp_path, object_strings):
    from mudata import MuData, set_options

    anndata().write_h5ad(tmp_path / "train_cells.h5ad")
    anndata().write_h5ad(tmp_path / "test_cells.h5ad")
    with set_options(pull_on_update=False):
        whole = MuData({"rna": anndata(), "protein.adt": anndata(3)})
        whole.obs["type"] = list("TBTBTB")
        whole.write_h5mu(tmp_path / "b.h5mu")
    catalogue = Catalogue.discover()
    files = [tmp_path / "train_cells.h5ad", tmp_path / "test_cells.h5ad"]
    text = draft_study(files, tmp_path / "s.yaml", catalogue)
    assert "# train_cells.h5ad: its X is read; its layers are counts\\nid: x" in text
    assert yaml.safe_load(text) == {
        "modalities": {"cells": {"kind": "table", "file": "train_cells.h5ad"}},
        "split": {"test": {"cells": "test_cells.h5ad", "labels": "test_cells.h5ad"}},
        "labels": {"file": "train_cells.h5ad", "column": "type"},
    }
    text = draft_study([tmp_path / "b.h5mu"], tmp_path / "s.yaml", catalogue)
    place = {"kind": "table", "file": "b.h5mu"}
    document = yaml.safe_load(text)
    assert document == {
        "modalities": {
            "protein-adt": place | {"modality": "protein.adt"},
            "rna": place | {"modality": "rna"},
        },
        "labels": {"file": "b.h5mu", "column": "type"},
        "split": {"test": 0.2, "stratify": "type"},
    }
    study = StudyConfig.model_validate(document).data(str(tmp_path))
    read = read_study(study, PathResolver.of(study, None), 0, CORE)
    assert read.train["protein-adt"].names == ("g3", "g4", "g5")
