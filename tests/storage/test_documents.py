"""The bounds of YAML and JSON documents."""

import pytest

from mmcore.errors import MmcoreError
from mmcore.storage.documents import parse_json, parse_yaml, read_json, read_yaml

DEEP = 2_000_000
"""Levels at which the parsers of libyaml and PyYAML end the process."""
LEVELS = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + LEVELS

YAML = {
    "sequences": ("[" * DEEP, "64 levels"),
    "blocks": ("- " * DEEP, "64 levels"),
    "mappings": ("{a: " * DEEP, "64 levels"),
    "keys": ("? " * DEEP, "64 levels"),
    "aliases": (BOMB, "4,000,000 values"),
    "merged aliases": (BOMB + "b: {<<: *a11}", "4,000,000 values"),
    "a loop": ("a: &a [*a]", "the alias [*]a"),
    "a merged loop": ("a: &a {<<: *a}", "the alias [*]a"),
    "an unknown alias": ("a: *b", "the alias [*]b"),
    "a tag": ("!!python/object/apply:os.system [id]", "the tag"),
    "a tag of YAML": ("!!timestamp x", "the tag"),
    "digits": ("9" * 5_000, "is not YAML"),
    "a number of a million places": ("1" + ":1" * 1_000_000, "without quotes"),
    "a tab": ("x:\n\ty: 1", "in line 2, column 1; write blanks in place of tabs"),
    "an open list": ("x: [1", "is not YAML"),
    "a control character": ("a: \x01", "is not YAML"),
    "a key twice": ("a: 1\nb: {c: 1}\na: 2", "the key 'a' twice, in lines 1 and 3"),
    "a key twice inside": ("a:\n- b: {x: 1, y: 2, 'x': 3}", "the key 'x' twice, in lines 2 and 2"),
    "two documents": ("--- 1\n--- 2", "single document"),
}
JSON = {
    "lists": ("[" * DEEP, "64 levels"),
    "objects": ('{"a":' * 65 + "1" + "}" * 65, "64 levels"),
    "half a character": ('"\\ud800"', "surrogates"),
    "digits": ("9" * 5_000, "is not JSON"),
    "an open list": ("[1", "is not JSON"),
}


@pytest.mark.parametrize(("text", "words"), YAML.values(), ids=YAML)
def test_a_harmful_yaml_text_is_one_sentence(text, words):
    with pytest.raises(MmcoreError, match=words) as caught:
        parse_yaml(text, "study.yaml")
    assert "'study.yaml'" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("text", "words"), JSON.values(), ids=JSON)
def test_a_harmful_json_text_is_one_sentence(text, words):
    with pytest.raises(MmcoreError, match=words):
        parse_json(text, "run.json")


@pytest.mark.parametrize(
    "word", ["0x10", "1_000", "0o7", "12:30", "1:1.5", "+5", "1.50", "2020-1-5", "2020-99-99", "no"]
)
def test_a_text_that_a_number_would_not_be_written_as_is_a_word(word):
    assert parse_yaml(f"[{word}, 10, 2.0, -0.5, 1.0e-05]", "study.yaml") == [
        word,
        10,
        2.0,
        -0.5,
        1e-5,
    ]


def test_what_a_study_uses_is_parsed():
    text = "a: &a {x: 1}\nb: {<<: *a, y: [yes, 2.5, null]}\nc: 2020-01-31"
    document = parse_yaml(text, "study.yaml")
    assert document["b"] == {"x": 1, "y": ["yes", 2.5, None]}
    assert parse_json('{"a": "\\ud83d\\ude00"}', "run.json") == {"a": "\N{GRINNING FACE}"}


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_file_that_is_no_document_is_one_sentence(read, tmp_path, monkeypatch):
    monkeypatch.setattr("mmcore.storage.documents.MOST_BYTES", 10)
    (tmp_path / "large").write_text(" " * 11)
    (tmp_path / "latin").write_bytes(b'"\xe9"')
    for name, words in {
        "large": "larger than",
        "latin": "not UTF-8",
        "absent": "no file",
        ".": "no file",
    }.items():
        with pytest.raises(MmcoreError, match=words):
            read(tmp_path / name)
