"""A study file becomes a run like any other, from a folder of files to an evaluated model."""

import io
import json

import pandas as pd
import pytest
import torch
import yaml

from mmcore import Noise
from mmcore.config import DataConfig, EvaluationSettings
from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder, read_config, read_config_or_study
from mmcore.runs.prediction import open_query
from mmcore.runs.run import Run
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console


@pytest.fixture
def quiet():
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def trained(folder, study, quiet):
    catalogue = Catalogue.discover()
    planned = fit_study(study(), folder, catalogue)
    result = run(planned.config, RunFolder(folder / "run"), catalogue=catalogue, console=quiet)
    return planned, result


def test_remarks_on_files_are_printed_by_the_training_alone(folder, study, quiet):
    text = (folder / "a.csv").read_text()
    (folder / "a.csv").write_text(text.replace(",", ";"))
    catalogue = Catalogue.discover()
    planned = fit_study(study(), folder, catalogue)
    run(planned.config, RunFolder(folder / "run"), catalogue=catalogue, console=quiet)
    remark = "a.csv: columns are separated by ';'"
    assert quiet.file.getvalue().count(remark) == 1
    opened = Run.open(folder / "run", catalogue)
    assert remark in opened.data().notes
    assert open_query(opened).notes == []


def test_options_of_new_records_that_differ_from_those_of_the_run_are_named(folder, study, quiet):
    document = study().model_dump(mode="json", exclude_defaults=True)
    document["modalities"]["a"] |= {"decimal": ".", "types": {"x": "real"}}
    catalogue = Catalogue.discover()
    planned = fit_study(StudyConfig.model_validate(document), folder, catalogue)
    opened = run(planned.config, RunFolder(folder / "run"), catalogue=catalogue, console=quiet)

    def notes():
        (folder / "new.yaml").write_text(yaml.safe_dump(document))
        return [note for note in open_query(opened, folder / "new.yaml").notes if "effect" in note]

    assert notes() == []
    document["modalities"]["a"] |= {
        "decimal": ",",
        "width": opened.model.config.modalities["a"].settings["width"],
    }
    (note,) = notes()
    assert "gives 'a' other values of decimal than the training" in note


def test_a_study_becomes_a_run_that_is_repeated_measured_and_read_by_name(trained, folder, quiet):
    planned, result = trained
    # config.yaml repeats the run
    written = read_config(result.folder / "config.yaml")
    assert written == planned.config.model_copy(update={"plugins": written.plugins})
    assert written.plugins.items() >= result.model.origins.items()
    columns = planned.config.model.modalities["b"].settings["fitted"]
    assert [(c["name"], c["kind"]) for c in columns] == [("n", "count"), ("sex", "binary")]
    known = {"a", "b", "a+b", "(all available)"}
    assert set(result.summary["linear_probe"]) == known

    # it is measured like any run; what cannot be is left out with a reason
    settings = EvaluationSettings(options={"likelihood": {"samples": 4}})
    record = evaluate(result.folder, settings, console=quiet)
    tables = {t.name: t for metric in record.metrics.values() for t in metric.tables}
    assert set(tables["linear probe"].rows) == known
    assert set(tables["imputation error"].rows) == {"a", "b", "a+b"}
    assert all(value is not None for value in tables["imputation error"].rows["a"])
    assert "no modality has a classifier" in record.metrics["coherence"].left_out[0]
    assert json.loads((result.folder / "evaluation.json").read_text())["data"] == "real"

    # the saved model reads new records by column name, in any order
    reordered = pd.read_csv(folder / "a.csv")[["z", "id", "y", "x"]]
    reordered.to_csv(folder / "new.csv", index=False)
    new = {"modalities": {"a": {"kind": "table", "file": "new.csv"}}}
    (folder / "new.yaml").write_text(yaml.safe_dump(new))
    model = Model.from_pretrained(result.folder / "model")
    records = DataConfig(study=read_config_or_study(folder / "new.yaml").data(str(folder)))
    data = open_data(records, model.config.modalities, Catalogue.discover(), new=True)
    joined = data.splits["new"]
    assert (joined.ids[0], data.notes) == ("p00", [])
    batch = joined.fetch(torch.arange(len(joined)), Noise(len(joined)))
    assert batch.values["a"][0].tolist() == pytest.approx(
        reordered.loc[0, ["x", "y", "z"]].tolist(), rel=1e-6
    )
    assert batch.values["a"][3, 1].isnan()
    assert model.infer(batch.values, batch.present).mean.isfinite().all()


def test_a_renamed_column_and_an_unknown_modality_at_inference_are_named(folder, study):
    catalogue = Catalogue.discover()
    config = fit_study(study(), folder, catalogue).config
    pd.read_csv(folder / "a.csv").rename(columns={"y": "yy"}).to_csv(folder / "a.csv", index=False)
    with pytest.raises(MmcoreError, match=r"lacks 1 of the 3 columns.*'y'; did you mean 'yy'"):
        open_data(config.data, config.model.modalities, catalogue, new=True)
    modalities = {"a": config.model.modalities["a"]}
    with pytest.raises(MmcoreError, match="modality 'b', which the model does not have"):
        open_data(config.data, modalities, catalogue, new=True)


def test_new_records_of_a_synthetic_study_are_synthetic(folder, study):
    catalogue = Catalogue.discover()
    config = fit_study(study(origin="synthetic"), folder, catalogue).config
    for new in (False, True):
        data = open_data(config.data, config.model.modalities, catalogue, config.seed, new=new)
        assert data.kind == "synthetic"


def test_settings_are_fitted_on_the_training_ids_alone(folder, study):
    catalogue = Catalogue.discover()
    config = fit_study(study(), folder, catalogue).config
    data = open_data(config.data, config.model.modalities, catalogue, config.seed)
    training = pd.read_csv(folder / "a.csv").set_index("id").reindex(data.train.ids)
    column = config.model.modalities["a"].settings["fitted"][0]
    assert column["loc"] == pytest.approx(training["x"].mean(), rel=1e-5)
    assert data.train.fetch(torch.arange(3), Noise(3)).labels.tolist() != []
    other = fit_study(study(seed=1), folder, catalogue).config
    assert other.model.modalities["a"].settings["fitted"][0]["loc"] != column["loc"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"modality": {}}, "neither a study.*nor the configuration of a run.*it has modality"),
        ({}, "it has nothing"),
        ({"modalities": {"a": {"file": "a.csv"}}}, "needs 'modalities.a.kind'"),
        ({"modalities": {}}, "should have at least 1 item"),
        ({"modalities": {"a": {"kind": "table"}}, "ids": "x"}, "no option 'ids'.*mean 'id'"),
        (
            {"modalities": {"a": {"kind": "table"}}, "split": {"test": 1.0}},
            ": split.test=1.0 is not",
        ),
    ],
)
def test_what_is_neither_a_study_nor_a_run_is_refused(tmp_path, document, message):
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(MmcoreError, match=message):
        read_config_or_study(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    ("modality", "message"),
    [
        ({"kind": "tabel", "file": "a.csv"}, "unknown modality 'tabel'.*did you mean 'table'"),
        ({"kind": "mnist", "file": "a.csv"}, "'mnist' cannot read the records of a study.*table"),
        ({"kind": "table", "file": "a.csv", "hiden": 3}, "no option 'hiden'.*did you mean 'hide'"),
        ({"kind": "table"}, r"modalities.a=.*give either a 'file' or a 'folder'"),
        ({"kind": "table", "file": "../a.csv"}, "outside the study's folder"),
    ],
)
def test_a_modality_that_cannot_be_is_refused(folder, study, modality, message):
    with pytest.raises(MmcoreError, match=message):
        fit_study(
            study(modalities={"a": modality}, labels=None, split={}), folder, Catalogue.discover()
        )
