"""What ``mmcore data check`` and ``show`` print."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from mmcore.cli.app import app

NAMES = ("a", "b", "c", "d", "e", "f")


def mmcore(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def study(tmp_path):
    """Return the file of a study of six modalities, of which a record has any subset."""
    random = np.random.default_rng(0)
    ids = np.array([f"p{n:03d}" for n in range(200)])
    for name in NAMES:
        frame = pd.DataFrame(random.normal(size=(200, 2)), columns=["x", "y"])
        frame.insert(0, "id", ids)
        frame[random.random(200) < 0.5].to_csv(tmp_path / f"{name}.csv", index=False)
    labels = pd.DataFrame({"id": ids, "risk": ["rare", *["None", "high", "low"] * 66, "low"]})
    labels.to_csv(tmp_path / "labels.csv", index=False)
    lines = [f"  {name}: {{kind: table, file: {name}.csv}}" for name in NAMES]
    text = "\n".join(["modalities:", *lines, "labels: {file: labels.csv, column: risk}"])
    (tmp_path / "study.yaml").write_text(text)
    return tmp_path / "study.yaml"


def test_a_check_of_six_modalities_begins_with_the_notes_and_has_few_lines(study):
    lines = mmcore("data", "check", study).splitlines()
    assert lines[0].startswith("note: 'None' counts as missing in 66 cells of column 'risk'")
    assert any("'rare'" in line and "one record or none" in line for line in lines)
    assert len(lines) <= 40
    overlap = [line.strip() for line in lines].index("ids by modalities")
    shown = [line.split()[-2:] for line in lines[overlap + 2 : overlap + 13]]
    assert lines[overlap + 12].split()[1] == "more"
    every = set().union(*(pd.read_csv(study.parent / f"{n}.csv")["id"] for n in NAMES))
    assert sum(int(count) for pair in shown for count in pair) == len(every)


def test_show_prints_the_cells_of_a_record_as_the_model_has_them(study):
    cells = pd.read_csv(study.parent / "b.csv")
    key, x = cells["id"][3], cells["x"][3]
    output = mmcore("data", "show", study, "b", "--id", key)
    assert key in output
    assert f"{np.float32(x):.4g}"[:5] in output
    assert "a:" not in output
    with pytest.raises(Exception, match="the study has no id 'nobody'"):
        mmcore("data", "show", study, "--id", "nobody")


def test_show_prints_a_picture_in_lines(tmp_path):
    (tmp_path / "scans").mkdir()
    shades = np.repeat(np.linspace(0, 255, 16, dtype=np.uint8)[:, None], 20, axis=1)
    for name in "abcdefgh":
        Image.fromarray(shades).save(tmp_path / "scans" / f"{name}.png")
    text = "modalities: {x: {kind: image, folder: scans, height: 16, width: 20}}"
    (tmp_path / "study.yaml").write_text(text)
    output = mmcore("data", "show", tmp_path / "study.yaml", "--id", "b")
    lines = [line.rstrip("\n") for line in output.splitlines() if len(set(line)) == 1]
    assert "\\n" not in output
    assert len(lines) >= 8
    assert len({len(line) for line in lines}) == 1


def test_columns_of_the_same_names_are_suspected_where_they_are_fewer_than_the_ids(tmp_path):
    random = np.random.default_rng(0)
    genes, patients = [f"G{n:03d}" for n in range(60)], [f"P{n:03d}" for n in range(30)]
    for name in ("mrna", "cnv"):
        frame = pd.DataFrame(random.normal(size=(60, 30)), genes, patients)
        frame.to_csv(tmp_path / f"{name}.csv", index_label="gene")
    for option, expected in (("", True), (", transpose: true", False)):
        lines = [f"  {n}: {{kind: table, file: {n}.csv{option}}}" for n in ("mrna", "cnv")]
        text = "\n".join(["id: gene", "modalities:", *lines])
        (tmp_path / "study.yaml").write_text(text)
        actual = "30 columns of mrna and cnv have the same names" in mmcore(
            "data", "check", tmp_path / "study.yaml"
        )
        assert actual == expected
