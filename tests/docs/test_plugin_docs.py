"""The pages for authors of plug-ins agree with the code, and the steps of the tutorial are run."""

import ast
import dataclasses
import re
import sys
from importlib import import_module
from inspect import getsource, isabstract
from pathlib import Path
from textwrap import dedent
from typing import get_args

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.plugins import API_FLOOR, API_VERSION, KINDS, ComponentSpec, hookspecs
from mmcore.plugins.diagnosis import Health

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "plugins" / "reference.md").read_text()
TUTORIAL = ROOT / "docs" / "plugins" / "tutorial.md"
EXAMPLE = ROOT / "examples" / "mmcore-signal"


def signatures(source):
    """Return the functions of a source, as ``name(arguments) -> result``."""
    for node in ast.walk(ast.parse(dedent(source))):
        if isinstance(node, ast.FunctionDef):
            yield node, f"{node.name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"


def test_every_hook_has_a_heading_with_its_exact_arguments():
    hooks = {
        documented
        for node, documented in signatures(getsource(hookspecs))
        if "hookspec" in map(ast.unparse, node.decorator_list)
    }
    assert hooks
    assert set(re.findall(r"^### `(.*)`$", REFERENCE, re.MULTILINE)) == hooks


def test_every_field_kind_status_and_variable_is_told():
    documented = set(re.findall(r"^\| `(\w+)` \|", REFERENCE, re.MULTILINE))
    variables = {"MMCORE_PLUGINS", "MMCORE_PLUGINS_DENY", "MMCORE_STRICT_PLUGINS"}
    assert documented == {*ComponentSpec.model_fields, *get_args(Health), *variables}
    row = next(line for line in REFERENCE.splitlines() if line.startswith("| `kind` |"))
    assert set(re.findall(r"`(\w+)`", row)) == {"kind", *KINDS}


def test_the_window_of_versions_is_the_code_s():
    assert f"has version **{API_VERSION}**" in REFERENCE
    assert f"**{API_FLOOR} to {API_VERSION}** are accepted" in REFERENCE


def test_what_must_be_written_is_what_is_abstract():
    rows = re.findall(r"^\| (?:`(mmcore\.[\w.]+)`)? *\| `(\w+\(.*)` \|$", REFERENCE, re.MULTILINE)
    documented, place = {}, ""
    for named, signature in rows:
        place = named or place
        documented.setdefault(place, set()).add(signature)
    assert len(documented) == 12
    for place, found in documented.items():
        module, _, name = place.rpartition(".")
        abstract = getattr(import_module(module), name)
        assert isabstract(abstract)
        wanted = {
            signature
            for node, signature in signatures(getsource(abstract))
            if node.name in abstract.__abstractmethods__
        }
        assert found == wanted


def test_every_type_is_listed_with_all_of_its_fields():
    page = REFERENCE[REFERENCE.index("## Types") :]
    rows = re.findall(r"^\| (?:`(mmcore\.[\w.]+)`)? *\| `(\w+)` \| .+ \|$", page, re.MULTILINE)
    listed, place = {}, ""
    for named, field in rows:
        place = named or place
        listed.setdefault(place, []).append(field)
    assert len(listed) == 23
    for place, fields in listed.items():
        module, _, name = place.rpartition(".")
        kind = getattr(import_module(module), name)
        inherited = {name for base in kind.__mro__[1:-1] for name in fields_of(base)}
        assert fields == [name for name in fields_of(kind) if name not in inherited], place


def fields_of(kind):
    """Return the names of the fields of a dataclass or a model of pydantic, none for another class."""
    if issubclass(kind, BaseModel):
        return list(kind.model_fields)
    return [f.name for f in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []


def test_the_tutorial_shows_the_files_of_its_example(blocks):
    files = {block.file: block.text for block in blocks(TUTORIAL) if block.file}
    assert len(files) == 4
    for file, text in files.items():
        assert text == (ROOT / "examples" / file).read_text(), file


def test_the_tutorial_counts_its_steps_commands_files_and_lines(blocks):
    page = TUTORIAL.read_text()
    steps = len(re.findall(r"^## \d", page, re.MULTILINE))
    commands = sum(len(block.text.splitlines()) for block in blocks(TUTORIAL) if block.is_shell)
    files = [block.text for block in blocks(TUTORIAL) if block.file]
    assert f"In {steps} steps, {commands} commands and {len(files)} files" in page
    lines = sum(len(text.splitlines()) for text in files)
    assert abs(lines - int(re.search(r"read (\d+) lines", page)[1])) < 10


@pytest.fixture
def author(tmp_path, monkeypatch):
    """Return a function that carries out a command of the tutorial in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def carry_out(command):
        program, *arguments = command.split()
        if program == "mmcore":
            if arguments[0] == "train":
                arguments[arguments.index("--steps") + 1] = "5"
            result = CliRunner().invoke(app, arguments)
            assert result.exit_code == 0, (command, result.output, result.exception)
        elif command.startswith("uv pip install --editable mmcore-signal"):
            # What an installer leaves behind; the test marked slow really installs it.
            monkeypatch.syspath_prepend(tmp_path / "mmcore-signal")
            info = tmp_path / "mmcore-signal" / "mmcore_signal-0.1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(
                "Metadata-Version: 2.1\nName: mmcore-signal\nVersion: 0.1.0\n"
            )
            (info / "entry_points.txt").write_text("[mmcore]\nsignal = mmcore_signal.plugin\n")
        else:
            assert command == "python -m pytest mmcore-signal"
        forget()

    def forget():
        for name in [name for name in sys.modules if name.startswith("mmcore_signal")]:
            del sys.modules[name]

    yield carry_out
    forget()


def test_every_step_of_the_tutorial_in_this_process(author, blocks, tmp_path):
    for block in blocks(TUTORIAL):
        if block.is_shell:
            for command in block.text.splitlines():
                author(command)
        elif block.file:
            assert (tmp_path / block.file).is_file(), "the package that was written has other files"
            (tmp_path / block.file).write_text(block.text)
        else:
            exec(compile(block.text, str(TUTORIAL), "exec"), {})
    for path in EXAMPLE.rglob("*.*"):
        if path.suffix in (".py", ".toml") and ".venv" not in path.parts:
            assert (tmp_path / path.relative_to(EXAMPLE.parent)).read_text() == path.read_text(), (
                path
            )
