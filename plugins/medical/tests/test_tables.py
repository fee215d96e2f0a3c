"""The presets of tables, and columns of patients."""

import numpy as np
import pytest
from mmcore_medical.patients import PATIENT
from mmcore_medical.tables import labs_reader, omics_reader
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings

from mmcore import MmcoreError


@pytest.fixture
def records(records_of):
    random = np.random.default_rng(0)
    cells = {
        "usual": random.normal(size=300),
        "heavy": random.standard_t(2, size=300) ** 3,
        "given": random.normal(size=300),
        "sex": ["f", "m"] * 150,
    }
    return records_of(cells)


@pytest.mark.parametrize(
    ("make", "kinds", "dropout"),
    [
        (TableReader, ["real", "student", "real", "binary"], 0.1),
        (labs_reader, ["student", "student", "real", "binary"], 0.1),
        (omics_reader, ["real", "real", "real", "binary"], 0.2),
    ],
)
def test_a_preset_chooses_what_the_study_leaves_open(records, make, kinds, dropout):
    given = TableSettings.model_validate({"types": {"given": "real"}})
    settings = TableSettings.model_validate(make(given).fit(records))
    assert [column.kind for column in settings.fitted] == kinds
    assert settings.dropout == dropout
    reader = make(settings)
    np.testing.assert_array_equal(
        reader.write(reader.read(records).values)["sex"], records.frame()["sex"]
    )
    assert reader.columns() == records.names
    assert "4 columns" in reader.describe(records)
    assert reader.findings(records) == []


def test_what_is_set_stays(records):
    given = TableSettings.model_validate({"dropout": 0.4})
    assert omics_reader(given).fit(records)["dropout"] == 0.4


def test_a_column_of_patients_must_be_that_of_the_split(records_of):
    cells = {"patient_id": ["Unmistakable"] * 3, "crp": [1.0, 2.0, 3.5]}
    with pytest.raises(MmcoreError, match=r"'patient_id'.* split: \{by: patient_id\}") as caught:
        labs_reader(TableSettings()).fit(records_of(cells))
    assert "Unmistakable" not in str(caught.value)
    labs_reader(TableSettings()).fit(records_of(cells, apart=("patient_id",)))


@pytest.mark.parametrize("name", ["patient", "Patient ID", "subject_id", "MRN", "personnumber"])
def test_columns_that_are_taken_for_patients(name):
    assert PATIENT.fullmatch(name)


@pytest.mark.parametrize("name", ["outpatient", "case", "patients_seen", "id", "patient_weight"])
def test_columns_that_are_not(name):
    assert not PATIENT.fullmatch(name)
