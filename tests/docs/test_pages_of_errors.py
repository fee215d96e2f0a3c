"""Errors name the page of docs that explains them."""

import re

import pytest
from support.pages import ROOT
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError, documented

SOURCES = [*(ROOT / "mmcore").rglob("*.py"), *(ROOT / "plugins").glob("*/mmcore_*/**/*.py")]


def test_pages_that_errors_name_exist():
    named = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'(?:documented\(|page=)"([\w/-]+)"', text))
    assert {"studies", "formats", "training", "backbones", "plugins/reference"} <= named
    assert all((ROOT / "docs" / f"{page}.md").is_file() for page in named)


def test_the_innermost_page_is_named_and_the_message_stays():
    with pytest.raises(MmcoreError) as caught, documented("studies"), documented("formats"):
        raise MmcoreError("a sentence")
    assert str(caught.value) == "a sentence (see docs/formats.md)"


CASES = {
    "studies": "modalities: {a: {kind: table, file: a.csv, colums: x}}",
    "formats": "modalities: {a: {kind: table, file: a.xyz}}",
}


@pytest.mark.parametrize("page", CASES)
def test_an_error_of_a_study_names_its_page(page, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(CASES[page])
    (tmp_path / "a.xyz").write_text("id,x")
    result = CliRunner().invoke(app, ["data", "check", str(study)])
    assert isinstance(result.exception, MmcoreError)
    assert str(result.exception).endswith(f"(see docs/{page}.md)")
