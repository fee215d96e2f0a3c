"""Cells of usual files: read correctly, or refused by name with a remedy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.cells import (
    CATALOGUE,
    DATES,
    FRACTION,
    NUMBERS_AND_TIMES,
    ROWS,
    THOUSANDS,
    Case,
    cycle,
)
from support.cells_declared import DECLARED_AND_MISSING

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study, readers_of
from mmcore.data.tables.check import check_study
from mmcore.errors import MmcoreError
from mmcore.storage.documents import parse_yaml

CASES = NUMBERS_AND_TIMES | DECLARED_AND_MISSING


def write(folder, case):
    frame = pd.DataFrame({case.key: case.ids, **case.columns})
    path = folder / case.file
    if path.suffix in (".parquet", ".feather"):
        getattr(frame, f"to_{path.suffix[1:]}")(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    settings = f"\n    {case.settings}" if case.settings else ""
    text = f"modalities:\n  a:\n    kind: table\n    file: {case.file}{settings}\n{case.study}\n"
    return StudyConfig.model_validate(parse_yaml(text, "study.yaml"))


def fitted(folder, study):
    """Return the reader, and the training and test records."""
    fit = fit_study(study, folder, CATALOGUE)
    reader = readers_of(fit.config.model.modalities, CATALOGUE)["a"]
    return reader, fit.study.train["a"], fit.study.test["a"]


def cells_of(folder, study):
    """Return the cells that the reader gives back, by column and id."""
    reader, *sides = fitted(folder, study)
    parts = []
    for records in sides:
        if len(records):
            written = reader.write(reader.read(records).values)
            parts.append(pd.DataFrame(written, index=records.ids))
    return pd.concat(parts)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cells_are_read_right_or_refused_by_name(case, tmp_path):
    study = write(tmp_path, case)
    if case.error:
        with pytest.raises(MmcoreError, match=case.error):
            check_study(study, tmp_path, CATALOGUE)
        return
    remarks = "\n".join(check_study(study, tmp_path, CATALOGUE).remarks)
    for text in case.remarks:
        assert text in remarks
    if case.read:
        cells = cells_of(tmp_path, study)
        for name, expected in case.read.items():
            actual = cells[name].reindex(case.ids)
            wanted = pd.Series(expected, index=case.ids)
            empty = wanted.isna() & actual.isna()
            if actual.dtype.kind == "f":
                assert np.allclose(actual[~empty], wanted[~empty].astype(float), rtol=1e-7)
                assert (actual - wanted)[~empty].abs().max() <= 2e-6 * wanted.std()
            else:
                assert actual[~empty].tolist() == wanted[~empty].tolist()


def test_a_category_that_is_a_word_for_missing_cells_in_a_new_file_is_named(tmp_path):
    case = Case({"c": cycle("NA", "EU", "AS")}, file="a.parquet")
    reader, *_ = fitted(tmp_path, write(tmp_path, case))
    for study, expected in (("", ["'NA' is a category of column 'c'"]), ("keep_na: true", [])):
        _, records, _ = fitted(tmp_path, write(tmp_path, replace(case, file="b.csv", study=study)))
        notes = [str(note) for note in reader.read(records).notes]
        assert [note[:32] for note in notes] == expected


def test_new_files_are_read_by_the_rule_of_the_training(tmp_path):
    points = [f"{n:,}".replace(",", ".") for n in THOUSANDS]
    commas = [c.replace(".", ",") for c in FRACTION]
    codes = cycle("01", "1", "2")
    case = Case({"n": points, "x": commas, "c": codes}, "types: {c: categorical}")
    reader, *_ = fitted(tmp_path, write(tmp_path, case))
    new = replace(case, columns={"n": ["2.050"] * ROWS, "x": ["3"] * ROWS, "c": ["01"] * ROWS})
    _, records, _ = fitted(tmp_path, write(tmp_path, replace(new, settings="decimal: ','")))
    values = reader.write(reader.read(records).values)
    assert set(values["n"]) == {2050.0}
    assert set(values["x"]) == {3.0}
    assert set(values["c"]) == {"01"}
    copied = reader.cells(records.frame(reader.columns(), reader.texts()))
    assert set(copied["n"]) == {2050.0}
    assert set(copied["c"]) == {"01"}
    wrong = replace(new, columns=new.columns | {"x": ["3.5"] * ROWS})
    _, records, _ = fitted(tmp_path, write(tmp_path, replace(wrong, settings="")))
    with pytest.raises(MmcoreError, match=r"has '3\.5' in the numeric column 'x'"):
        reader.read(records)


def test_imputed_dates_are_whole_days_where_the_others_are(tmp_path):
    for column in (
        {"d": DATES + DATES[:1]},
        {"d": [f"{date:%d.%m.%Y}" for date in DATES + DATES[:1]]},
    ):
        case = Case(column, "types: {d: date}", file="a.parquet")
        reader, records, _ = fitted(tmp_path, write(tmp_path, case))
        (cell,) = reader.write(reader.read(records).values[:1] - 0.4)["d"]
        assert cell == reader.cells(records.frame(text=["d"]))["d"][0]
