"""Strings of a stranger, in every place of a study, through every command."""

import csv
import io
import shutil
import unicodedata

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from mmcore.cli import main
from mmcore.cli.app import app
from mmcore.data.tables.formats import open_table
from mmcore.data.tables.formats.formulas import NUMBER, STARTS, unescaped
from tests.support.hostile import HOSTILE

pytestmark = pytest.mark.complete  # names are drawn in figures
MODALITIES = ("[red]$x_$", "{{7-7}}%s & #", "x'; rm -rf ~ ;'")
ROWS = [(f"{text}{twin}", text) for twin in ("", "2") for text in HOSTILE]


def mmcore(*arguments):
    """Run a command and return what it prints, in which every character is visible."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, (result.output, result.exception)
    for character in result.output:
        assert character == "\n" or unicodedata.category(character) not in (
            "Cc",
            "Cf",
            "Zl",
            "Cs",
        ), f"{character!r} in {result.output!r}"
    return result.output


def written(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study whose ids, labels, categories and columns are hostile."""
    folder = tmp_path_factory.mktemp("study") / "[b]\x1b[31m $x_$\n[" / "b]"
    folder.mkdir(parents=True)
    columns = HOSTILE[:20]
    written(
        folder / "[/x].csv",
        ["=id", *columns],
        [
            (key, *(str(row % (3 + place)) for place in range(20)))
            for row, (key, _) in enumerate(ROWS)
        ],
    )
    written(
        folder / "b.csv",
        ["=id", *HOSTILE[20:23], "label"],
        [
            (key, row % 5, text, row % 7, HOSTILE[row % 15 * 3])
            for row, (key, text) in enumerate(ROWS)
        ],
    )
    (folder / "c").mkdir()
    for row, key in enumerate(("x; rm -rf ~", "$(id)`id`", "[bold]b", "=1+1", ":smile:", "CON")):
        Image.new("L", (4, 4), 30 * row).save(folder / "c" / f"{key}.png")
    first, second, third = MODALITIES
    study = {
        "id": "=id",
        "modalities": {
            first: {"kind": "table", "file": "[/x].csv", "width": 8},
            second: {
                "kind": "table",
                "file": "b.csv",
                "width": 8,
                "types": {HOSTILE[21]: "categorical"},
            },
            third: {"kind": "image", "folder": "c", "height": 8, "width": 8, "features": 2},
        },
        "labels": {"file": "b.csv", "column": "label"},
        "training": {"steps": 2, "trackers": ["csv"]},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    return folder


@pytest.fixture(scope="module")
def run(folder):
    mmcore("data", "check", folder / "study.yaml")
    mmcore("train", "--config", folder / "study.yaml", "--out", folder / "run\r\n[/x]")
    return folder / "run\r\n[/x]"


def test_the_run_is_repeated_by_its_configuration(run):
    assert yaml.safe_load((run / "config.yaml").read_text())["data"]["study"]["id"] == "=id"


@pytest.mark.parametrize("command", ["impute", "embed", "score"])
def test_a_table_starts_no_formula_and_its_ids_are_read_back(run, tmp_path, command):
    out = tmp_path / "$x_$[b]\x1b[31m.csv"
    samples = () if command == "embed" else ("--samples", 19)
    mmcore(command, run, "--out", out, *samples)
    with out.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    for cell in cells:
        assert not cell.startswith(tuple(STARTS)) or NUMBER.fullmatch(cell), cell
    table = open_table(out).table
    ids = next(table.frames(["=id"]))["=id"]
    assert sorted(ids) == sorted(unescaped(key).strip() for key, _ in ROWS)


def test_pages_have_no_markup_and_show_what_is_invisible(run, folder, tmp_path):
    mmcore("evaluate", run, "--metrics", "representation", "--rows", 40)
    twin = folder / "<b>\x1b[x]\u202e"
    shutil.copytree(run, twin)
    shown = mmcore("compare", run, twin, "--out", tmp_path / "[b]\x1b[31m.html")
    assert r"\x1b[x]\u202e" in shown
    for page in (run / "report.html", tmp_path / "[b]\x1b[31m.html"):
        text = page.read_text(encoding="utf-8")
        for raw in ("<script>alert", "<img src=x", "<b>", "\x1b", "\u202e", "\r"):
            assert raw not in text, raw
        assert "{{7-7}}%s &amp; #" in text or "{{7-7}}" not in text
    assert "[red]$x_$" in (run / "report.html").read_text(encoding="utf-8")


def test_an_error_with_hostile_text_is_one_visible_line(folder, capsys, monkeypatch):
    for text in HOSTILE:
        (folder / "bad.yaml").write_text(yaml.safe_dump({"modalities": {"a": {text: 1}}}))
        monkeypatch.setattr("sys.argv", ["mmcore", "data", "check", str(folder / "bad.yaml")])
        with pytest.raises(SystemExit) as end:
            main.run()
        assert end.value.code == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert message[:-1].replace("\u3000", " ").isprintable()


def test_a_terminal_that_lacks_a_character_shows_its_escape(folder, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.argv", ["mmcore", "data", "check", str(folder / "study.yaml")])
    with pytest.raises(SystemExit) as end:
        main.run()
    terminal.seek(0)
    assert end.value.code == 0
    assert r"\u25cf" in terminal.read()
