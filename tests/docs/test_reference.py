"""The generated reference of files is complete."""

import re
import sys
from importlib import import_module

from support.pages import ROOT

from mmcore.config.study import RecordsConfig, StudyConfig

sys.path.insert(0, str(ROOT / "docs" / "_site"))
generate = import_module("generate")


def test_every_entry_of_a_file_has_a_type_and_a_content():
    rows = [line for line in generate.files() if line.startswith("| `")]
    assert len(rows) > 150
    cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    assert [row for row in cells if not row[1].strip() or not row[3].strip()] == []


def test_the_entries_of_a_study_are_those_of_the_code():
    text = "\n".join(generate.files())
    study = text[: text.index("## config.yaml")]
    entries = set(re.findall(r"^\| `([\w.]+)` ", study, re.MULTILINE))
    assert set(StudyConfig.model_fields) <= entries
    assert {f"modalities.NAME.{name}" for name in RecordsConfig.model_fields} <= entries
