"""What is chosen by the size of the data, and that a choice of the user stays."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.config import ValidationConfig
from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.data.tables.check import check_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import read_config_or_study


def widths(folder, rows, **columns):
    random = np.random.default_rng(0)
    ids = [f"p{n}" for n in range(rows)]
    for name, width in columns.items():
        frame = pd.DataFrame(random.normal(size=(rows, width))).add_prefix(name)
        frame.assign(id=ids).to_csv(folder / f"{name}.csv", index=False)
    return StudyConfig(modalities={n: {"kind": "table", "file": f"{n}.csv"} for n in columns})


def test_tables_of_very_different_widths_get_sizes_by_their_widths(tmp_path):
    planned = fit_study(widths(tmp_path, 50, a=6, b=24, c=600), tmp_path, Catalogue.discover())
    config = planned.config
    assert config.model.options["likelihood_weights"] == {"a": 10.0, "b": 5.0, "c": 1.0}
    assert [m.settings["width"] for m in config.model.modalities.values()] == [32, 64, 256]
    assert (config.model.content_dim, config.model.style_dim) == (6, 0)  # sqrt of 40 rows
    assert (config.training.batch_size, config.training.steps) == (16, 2000)
    assert config.training.validation == ValidationConfig()
    for messages in (
        "a.width 32",
        "b.width 64",
        "c.width 256",
        "40 training rows",
        "a 6, b 24, c 600",
        "content_dim 6",
        "'a': 10.0",
    ):
        assert messages in planned.chosen


def test_what_the_user_chose_stays(tmp_path):
    study = widths(tmp_path, 50, a=6).model_copy(
        update={
            "model": {"content_dim": 3, "method": "mopoe", "options": {"beta": 0.5}},
            "training": {"steps": 7, "validation": None},
        }
    )
    config = fit_study(study, tmp_path, Catalogue.discover()).config
    assert (config.model.content_dim, config.model.method) == (3, "mopoe")
    assert config.model.options["beta"] == 0.5
    assert config.training.steps == 7
    assert config.training.validation is None


def test_everything_is_told_before_anything_is_trained(folder, study):
    actual = check_study(study(), folder, Catalogue.discover())
    assert {name: sum(sides) for name, sides in actual.sizes.items()} == {"a": 59, "b": 50}
    both = {names: sum(sides) for names, sides in actual.overlap.items()}
    assert both == {("a", "b"): 49, ("a",): 10, ("b",): 1}
    assert next(iter(actual.overlap)) == ("a", "b")
    assert sum(actual.labels["(no label)"]) == 5
    assert "3 columns: 3 real" in actual.described["a"]
    assert actual.remarks == []


def test_ids_that_may_be_the_same_person_are_told(folder, study):
    a = pd.read_csv(folder / "a.csv")
    a.loc[0, "id"] = "P-1"
    a.loc[1, "id"] = "p 1"
    a.to_csv(folder / "a.csv", index=False)
    messages = check_study(study(), folder, Catalogue.discover()).remarks
    assert len(messages) == 1
    assert "'P-1' and 'p 1'" in messages[0] or "'p 1' and 'P-1'" in messages[0]


def test_a_first_study_file_is_written_from_the_files_and_checked(folder):
    (folder / "train_c.csv").write_text((folder / "a.csv").read_text())
    cells = pd.read_csv(folder / "a.csv").assign(id=lambda f: "t" + f["id"])
    cells.to_csv(folder / "test_c.csv", index=False)
    names = ["train_c.csv", "test_c.csv", "labels.csv"]
    out = folder / "study.yaml"
    runner = CliRunner()
    built = runner.invoke(
        app, ["data", "init", *(str(folder / n) for n in names), "--out", str(out)]
    )
    assert built.exit_code == 0, built.output
    actual = read_config_or_study(out)
    assert actual.id == "id"
    assert actual.modalities["c"].kind == "table"
    assert actual.modalities["c"].records == {"file": "train_c.csv"}
    assert actual.split.test == {"c": "test_c.csv"}
    assert actual.labels.column == "group"
    assert "\n# model: {method: factors}\n" in out.read_text()
    checked = runner.invoke(app, ["data", "check", str(out)])
    assert checked.exit_code == 0, checked.output
    assert f"next: mmcore train --config {out}" in checked.output.replace("\n", "")


@pytest.mark.parametrize(
    ("out", "message"),
    [("none/s.yaml", "there is no folder 'none' for 's.yaml'"), ("a.csv", "already exists")],
)
def test_a_study_file_is_written_where_there_is_place(folder, monkeypatch, out, message):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    actual = CliRunner().invoke(app, ["data", "init", "a.csv", "b.csv", "--out", out])
    assert isinstance(actual.exception, MmcoreError)
    assert message in str(actual.exception)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(("rows", "batch"), [(3, 16), (150, 32), (455, 64), (10**6, 256)])
def test_a_step_reads_about_an_eighth_of_a_small_data_set(rows, batch):
    from mmcore.data.tables.fit import _batch

    assert _batch(rows) == batch


def test_a_study_too_small_to_train_is_refused_by_the_check_and_by_the_training(tmp_path):
    study = widths(tmp_path, 4, a=2)
    for use in (check_study, fit_study):
        with pytest.raises(
            MmcoreError, match="3 training samples is held out for validation, which is 0"
        ):
            use(study, tmp_path, Catalogue.discover())
    without = study.model_copy(update={"training": {"validation": None}})
    check_study(without, tmp_path, Catalogue.discover())


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            ["x", "x__low"],
            "column 'x__low' of imputed tables, as the cells, and so would the lower",
        ),
        (["x__observed", "x"], "as the mark of observed cells, and so would the cells of 'x__ob"),
        (["draw"], "as the cells, and so would the number of the draw"),
        (["key", "x"], "as the cells, and so would the id column 'key'"),
    ],
)
def test_columns_that_answers_would_have_twice_are_refused(tmp_path, columns, words):
    study = widths(tmp_path, 20, a=len(columns)).model_copy(update={"id": "key"})
    frame = pd.read_csv(tmp_path / "a.csv").set_axis([*columns, "own"], axis=1)
    frame.to_csv(tmp_path / "a.csv", index=False)
    place = study.modalities["a"].model_copy(update={"id": "own"})
    with pytest.raises(MmcoreError, match=words):
        fit_study(
            study.model_copy(update={"modalities": {"a": place}}), tmp_path, Catalogue.discover()
        )


@pytest.mark.parametrize("name", ["split", "given", "log_p", "draw", "sd_12", "nats.protein"])
def test_an_id_column_named_as_a_column_of_answers_is_refused(tmp_path, name):
    text = f"id: {name}\nmodalities: {{a: {{kind: table, file: a.csv}}}}"
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(
        MmcoreError, match=f"'{name}' is a column that impute, embed and score write"
    ):
        read_config_or_study(tmp_path / "study.yaml")
