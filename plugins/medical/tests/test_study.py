"""A synthetic medical study, from its files to a trained model and back."""

import io
import json
import logging

import pandas as pd
import pydicom
import pytest
import torch
from mmcore_medical.synthetic import write_study

from mmcore import MmcoreError, Noise
from mmcore.config import DataConfig
from mmcore.data import open_data
from mmcore.data.tables import PathResolver, fit_study, read_study, readers_of
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console

NAME = "Unmistakable"
FEW = {"steps": 4, "batch_size": 16, "precision": "32-true", "accelerator": "cpu"}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.discover()


@pytest.fixture
def folder(tmp_path):
    write_study(tmp_path / "study", visits=40)
    for path in (tmp_path / "study" / "xray").iterdir():
        file = pydicom.dcmread(path)
        file.PatientName = f"Doe^{NAME}"
        file.save_as(path)
    return tmp_path / "study"


def study_of(folder, **changes):
    return read_config_or_study(folder / "study.yaml").model_copy(update=changes)


def sides(folder, **changes):
    study = study_of(folder, **changes)
    data = study.data(str(folder))
    return read_study(data, PathResolver.of(data, None), study.seed)


def test_a_run_tells_no_name_and_reads_other_records(folder, tmp_path, catalogue, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    messages = io.StringIO()
    planned = fit_study(study_of(folder, training=FEW), folder, catalogue)
    run(
        planned.config,
        RunFolder(tmp_path / "run"),
        catalogue=catalogue,
        console=Console(file=messages),
    )
    assert "data: synthetic" in messages.getvalue()
    assert json.loads((tmp_path / "run" / "run.json").read_text())["data"] == "synthetic"
    written = [
        path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents
    ]
    assert any(path.suffix == ".npy" for path in written)
    assert any(path.name == "config.yaml" for path in written)
    for path in written:
        assert NAME.encode() not in path.read_bytes(), path
    output = capfd.readouterr()
    assert NAME not in messages.getvalue() + output.out + output.err + caplog.text

    model = Model.from_pretrained(tmp_path / "run" / "model")
    modalities = model.config.modalities
    data = study_of(folder).data(str(folder))
    only = data.model_copy(update={"records": {"xray": data.records["xray"]}})
    joined = open_data(DataConfig(study=only), modalities, catalogue, new=True).splits["new"]
    batch = joined.fetch(torch.arange(3), Noise(3))
    generated = model.translate({"xray": batch.values["xray"]})
    assert generated["ecg"].isfinite().all()
    columns = {
        name: reader.write(generated[name])
        for name, reader in readers_of(modalities, catalogue).items()
    }
    assert len(columns["report"]["text"]) == 3
    assert set(columns["labs"]) == {"crp_mg_l", "leukocytes_g_l", "haemoglobin_g_dl", "smoker"}


def test_patients_stay_together(folder):
    actual = sides(folder)
    patient = pd.read_csv(folder / "visits.csv", index_col="id")["patient"]
    train, test = patient[actual.train_ids], patient[actual.test_ids]
    assert patient.duplicated().any()
    assert not set(train) & set(test)
    assert "patient" not in actual.train["labs"].names


def test_a_split_that_forgets_the_patients_is_refused(folder, catalogue):
    study = study_of(folder)
    study = study.model_copy(update={"split": study.split.model_copy(update={"by": "id"})})
    with pytest.raises(
        MmcoreError, match=r"'labs.csv' has a column 'patient'.* split: \{by: patient"
    ):
        fit_study(study, folder, catalogue)


def test_a_patient_in_files_of_both_sides_is_an_error(folder):
    labs = pd.read_csv(folder / "labs.csv")
    first = sorted(labs["patient"].unique())
    half = labs["patient"].isin(first[::2])
    labs[half].to_csv(folder / "train.csv", index=False)
    study = study_of(folder)
    records = {"labs": study.modalities["labs"].model_copy(update={"file": "train.csv"})}
    split = study.split.model_copy(update={"test": {"labs": "test.csv"}, "stratify": None})
    labs[~half].to_csv(folder / "test.csv", index=False)
    actual = sides(folder, modalities=records, split=split, labels=None)
    assert len(actual.test_ids) == int((~half).sum())

    moved = labs[half].drop_duplicates("patient").head(5)["id"]
    back = labs["id"].isin(moved)
    labs[half & ~back].to_csv(folder / "train.csv", index=False)
    labs[~half | back].to_csv(folder / "test.csv", index=False)
    torn = set(labs[half & ~back]["patient"]) & set(labs[back]["patient"])
    assert len(torn) > 3
    with pytest.raises(MmcoreError, match=f"{len(torn)} values of 'patient' are in the") as caught:
        sides(folder, modalities=records, split=split, labels=None)
    assert sum(f"'{patient}'" in str(caught.value) for patient in torn) == 3
    assert not any(str(key) in str(caught.value) for key in labs["id"])


def test_the_samples_beside_a_header_are_among_the_files_of_the_study(folder, catalogue):
    config = fit_study(study_of(folder, training=FEW), folder, catalogue).config

    def opened():
        return open_data(config.data, config.model.modalities, catalogue, config.seed)

    before = opened().inputs.fingerprint()
    samples = next(folder.rglob("*.dat"))
    content = samples.read_bytes()
    samples.write_bytes(bytes(reversed(content)))
    assert "has changed" in before.difference(opened().inputs.fingerprint())
