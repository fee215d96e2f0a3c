"""A draft of a study is written for files with other id columns, several sheets, and folders of 10x."""

import gzip
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from scipy.io import mmwrite
from scipy.sparse import csr_matrix

from mmcore.config.study import StudyConfig
from mmcore.data.tables.check import check_study
from mmcore.data.tables.draft import draft_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

CATALOGUE = Catalogue.discover()
IDS = [f"P{n:02d}" for n in range(40)]
VALUES = np.linspace(-1, 1, 40)


@pytest.fixture
def draft(tmp_path):
    """Draft a study of files, check its records, and return it with its text."""

    def drafted(*names):
        files = [tmp_path / name for name in names]
        text = draft_study(files, tmp_path / "s.yaml", CATALOGUE)
        document = yaml.safe_load(text)
        check_study(StudyConfig.model_validate(document), tmp_path, CATALOGUE)
        return document, text

    return drafted


def table(key="id", value="x", ids=IDS):
    return pd.DataFrame({key: ids, value: VALUES[: len(ids)]})


def write(path, frame):
    frame.to_csv(path, index=False)


def write_tenx(folder):
    folder.mkdir()
    mmwrite(folder / "matrix.mtx", csr_matrix(np.arange(120).reshape(3, 40) % 5))
    for name, lines in {
        "matrix.mtx": (folder / "matrix.mtx").read_text(),
        "barcodes.tsv": "".join(f"{key}\n" for key in IDS),
        "features.tsv": "g1\ng2\ng3\n",
    }.items():
        with gzip.open(folder / f"{name}.gz", "wt") as file:
            file.write(lines)
    (folder / "matrix.mtx").unlink()


def test_id_columns_of_other_names_are_found_by_their_ids(draft, tmp_path):
    write(tmp_path / "a.csv", table("Patient").assign(visit=range(1, 41)))
    write(tmp_path / "b.csv", table("patient_id").assign(order=range(101, 141)))
    labels = pd.DataFrame({"who": IDS, "group": ["case", "control"] * 20})
    write(tmp_path / "groups.csv", labels)
    document, _ = draft("a.csv", "b.csv", "groups.csv")
    assert document["id"] == "Patient"
    assert document["modalities"]["a"] == {"kind": "table", "file": "a.csv"}
    assert document["modalities"]["b"] == {"kind": "table", "file": "b.csv", "id": "patient_id"}
    assert document["labels"] == {"file": "groups.csv", "id": "who", "column": "group"}


def test_test_files_have_the_id_column_of_their_training_files(draft, tmp_path):
    for side, ids in {"train": IDS[:30], "test": IDS[30:]}.items():
        write(tmp_path / f"{side}_a.csv", table("Patient", ids=ids))
        write(tmp_path / f"{side}_b.csv", table("patient_id", ids=ids))
    document, _ = draft("train_a.csv", "train_b.csv", "test_a.csv", "test_b.csv")
    assert document["modalities"]["b"]["id"] == "patient_id"
    assert document["split"]["test"] == {"a": "test_a.csv", "b": "test_b.csv"}


def test_a_row_of_units_is_named_by_the_check_of_the_draft(draft, tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n,mg/L\n" + "".join(f"{key},1.5\n" for key in IDS))
    write(tmp_path / "b.csv", table())
    with pytest.raises(MmcoreError, match=r"'a\.csv' has no id in row 2; remove the row .* units"):
        draft("a.csv", "b.csv")
    text = draft_study([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "s.yaml", CATALOGUE)
    assert yaml.safe_load(text)["id"] == "id"


def test_files_without_common_ids_are_refused_with_a_way_on(draft, tmp_path):
    write(tmp_path / "a.csv", table("Patient"))
    write(tmp_path / "b.csv", table("sample", ids=[f"S{n}" for n in range(40)]))
    with pytest.raises(MmcoreError, match=r"begin with a\.csv: Patient, x; .* id: NAME in each"):
        draft("a.csv", "b.csv")


def test_each_sheet_is_a_modality_and_a_legend_is_left_out(draft, tmp_path):
    pytest.importorskip("openpyxl")
    legend = pd.DataFrame({"variable": ["x", "y"], "meaning": ["a dose", "an age"]})
    sheets = {"legend": legend, "blood": table(), "urine": table("patient", "y"), "new": legend[:0]}
    with pd.ExcelWriter(tmp_path / "lab.xlsx") as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)
    place = {"kind": "table", "file": "lab.xlsx"}
    document, text = draft("lab.xlsx")
    assert document["modalities"] == {
        "blood": place | {"sheet": "blood"},
        "urine": place | {"sheet": "urine", "id": "patient"},
    }
    assert "# lab.xlsx: sheet 'legend' is left out, because none of its columns has ids" in text
    assert "# lab.xlsx: sheet 'new' is left out" in text
    write(tmp_path / "c.csv", table("subject"))
    document, _ = draft("c.csv", "lab.xlsx")
    assert [*document["modalities"]] == ["c", "lab-blood", "lab-urine"]


def test_each_table_of_a_database_and_each_array_is_a_modality(draft, tmp_path):
    with closing(sqlite3.connect(tmp_path / "lab.sqlite")) as database:
        table().to_sql("blood", database, index=False)
        table("id", "y").to_sql("urine", database, index=False)
    document, _ = draft("lab.sqlite")
    assert [part["table"] for part in document["modalities"].values()] == ["blood", "urine"]
    np.savez(tmp_path / "a.npz", id=IDS, left=VALUES[:, None], right=VALUES[:, None])
    document, _ = draft("a.npz")
    assert [part["array"] for part in document["modalities"].values()] == ["left", "right"]


@pytest.mark.parametrize(("inner", "pattern"), [("", "img/*.png"), ("cat", "img/**/*.png")])
def test_pictures_with_other_files_beside_them_have_a_pattern(draft, tmp_path, inner, pattern):
    folder = tmp_path / "img" / inner
    folder.mkdir(parents=True)
    for number, name in enumerate(IDS):
        Image.new("L", (8, 8), number).save(folder / f"{name}.png")
        (folder / f"{name}.json").write_text("{}")
    write(tmp_path / "a.csv", table())
    document, _ = draft("a.csv", "img")
    assert document["modalities"]["img"] == {"kind": "image", "folder": pattern}


def test_a_folder_of_10x_is_a_table(draft, tmp_path):
    write_tenx(tmp_path / "tenx")
    write(tmp_path / "b.csv", table("cell"))
    document, _ = draft("b.csv", "tenx")
    assert document["modalities"]["tenx"] == {"kind": "table", "file": "tenx"}


def test_skewed_positive_numbers_are_declared_positive(draft, tmp_path):
    skewed = table().assign(crp=np.exp(3 * VALUES), age=VALUES + 50, steps=range(1, 41))
    write(tmp_path / "labs.csv", skewed.assign(other=-np.exp(3 * VALUES)))
    write(tmp_path / "other.csv", table(value="y"))
    document, _ = draft("labs.csv", "other.csv")
    assert document["modalities"]["labs"]["types"] == {"crp": "positive"}
    assert "types" not in document["modalities"]["other"]
    wide = {f"g{n}": np.exp(3 * VALUES) for n in range(21)}
    write(tmp_path / "labs.csv", table().assign(**wide))
    document, _ = draft("labs.csv", "other.csv")
    assert "types" not in document["modalities"]["labs"], "too many to list"
