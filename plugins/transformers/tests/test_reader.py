"""Texts of a study as tokens: fitted on the training texts, read by name, written back."""

import io

import pandas as pd
import pytest
import torch
from mmcore_transformers.reader import TextReader
from mmcore_transformers.settings import HfTextSettings
from mmcore_transformers.text import HfText

from mmcore import Batch, MmcoreError
from mmcore.config import EvaluationSettings
from mmcore.config.study import StudyConfig
from mmcore.data.tables import PathResolver, Records, fit_study
from mmcore.data.tables.records import FrameTable
from mmcore.plugins import Catalogue
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.prediction import embed, impute
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console

TEXTS = ["no finding", "Größe: 4 mm", ""]
QUICK = {"steps": 3, "batch_size": 8, "precision": "32-true", "accelerator": "cpu"}


def records(*texts, column="note", folder="."):
    ids = pd.Index([f"p{n}" for n in range(len(texts))])
    table = FrameTable(pd.DataFrame({column: list(texts)}))
    places = PathResolver(folder, folder)
    return Records("note", ids, (column,), table, resolve=places.find, source="a.csv")


def fitted(*texts, **settings):
    actual = TextReader(HfTextSettings(**settings)).fit(records(*texts))
    return TextReader(HfTextSettings.model_validate(actual)), actual


def test_texts_are_read_and_written_back():
    reader, actual = fitted(*TEXTS)
    values = reader.read(records(*TEXTS)).values
    assert values.shape == (3, actual["length"])
    assert reader.write(values)["text"].tolist() == TEXTS
    # The longest text and its end fill a row, whatever the tokens are.
    assert int((values != values[2, 1]).sum(1).max()) == actual["length"]


def test_longer_texts_at_inference_are_cut_and_said():
    reader, _ = fitted(*TEXTS, length=4)
    actual = reader.read(records("no finding at all", "no"))
    assert actual.values.shape == (2, 4)
    assert actual.notes == ("1 texts are longer than 4 tokens and are truncated",)


def test_the_tokenizer_of_a_model_is_taken_and_not_copied_into_the_settings(pretrained):
    reader, actual = fitted("a photo of a cat", model=str(pretrained))
    assert set(actual) == {"model", "length"}
    values = reader.read(records("a photo of two dogs", "a cat")).values
    assert reader.write(values)["text"][1] == "a cat"


def test_files_of_a_folder_are_texts_and_must_be_utf8(tmp_path):
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    reader, _ = fitted("one", "two")
    values = reader.read(records("a.txt", column="path", folder=tmp_path)).values
    assert reader.write(values)["text"].tolist() == ["one"]
    (tmp_path / "b.txt").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(MmcoreError, match=r"b.txt' is not UTF-8 \(byte 2 is 0xf6\)"):
        reader.read(records("b.txt", column="path", folder=tmp_path))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(MmcoreError, match="are all empty"):
        fitted("", "")
    with pytest.raises(MmcoreError, match="no tokenizer;"):
        TextReader(HfTextSettings()).read(records("x"))


def test_a_study_of_texts_and_numbers_trains_and_writes_texts(tmp_path):
    words = ["calm sea", "rough sea at night", "no wind"] * 8
    frame = pd.DataFrame({"id": [f"p{n:02d}" for n in range(24)], "note": words})
    frame.iloc[:20].to_csv(tmp_path / "notes.csv", index=False)
    frame.drop(columns="note").assign(wind=range(24)).to_csv(tmp_path / "wind.csv", index=False)
    study = StudyConfig.model_validate(
        {
            "modalities": {
                "note": {"kind": "hf-text", "file": "notes.csv", "columns": "note"},
                "wind": {"kind": "table", "file": "wind.csv"},
            },
            "training": QUICK,
        }
    )
    catalogue, out = Catalogue.discover(), tmp_path / "run"
    planned = fit_study(study, tmp_path, catalogue)
    trained = run(
        planned.config, RunFolder(out), catalogue=catalogue, console=Console(file=io.StringIO())
    )
    assert all(torch.isfinite(p).all() for p in trained.model.parameters())
    actual = impute(out, catalogue=catalogue).set_index("id")
    observed = frame.iloc[:20].set_index("id")["note"]
    assert actual.loc[observed.index, "note.text"].tolist() == observed.tolist()
    assert actual["note.text"].notna().all()


@pytest.mark.slow
def test_a_frozen_encoder_reads_the_texts_of_a_study_once(tmp_path, monkeypatch):
    words = ["calm sea", "rough sea at night", "no wind"] * 40
    frame = pd.DataFrame({"id": [f"p{n:03d}" for n in range(120)], "note": words})
    frame.iloc[:100].to_csv(tmp_path / "notes.csv", index=False)
    frame.drop(columns="note").assign(wind=range(120)).to_csv(tmp_path / "wind.csv", index=False)
    document = {
        "modalities": {
            "note": {"kind": "hf-text", "file": "notes.csv", "columns": "note", "frozen": True},
            "wind": {"kind": "table", "file": "wind.csv"},
        },
        "training": QUICK,
    }
    catalogue, out = Catalogue.discover(), tmp_path / "run"
    planned = fit_study(StudyConfig.model_validate(document), tmp_path, catalogue)
    read, features = [], HfText._features

    def counted(self, tokens):
        read.append(len(tokens))
        return features(self, tokens)

    monkeypatch.setattr(HfText, "_features", counted)
    quiet = Console(file=io.StringIO())
    trained = run(planned.config, RunFolder(out), catalogue=catalogue, console=quiet)
    # All texts once: nothing is read at a step, nor in the evaluation of the same run.
    assert sum(read) == 100
    evaluate(out, EvaluationSettings(rows=20), ["imputation"], catalogue=catalogue, console=quiet)
    actual = embed(out, catalogue=catalogue).set_index("id")
    assert sum(read) == 100
    note = trained.model.codec["note"]
    x = note.tokens(words[:1])
    own = trained.model.codec.encode(Batch.of({"note": x, "wind": torch.tensor([[0.0]])}))
    means = trained.model.inference(own).mean[0]
    assert actual.filter(regex="mean_").loc["p000"].to_numpy() == pytest.approx(
        means.detach().numpy(), abs=1e-4
    )
