"""Printed commands parse, and, slow, run as printed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from support.pages import PAGES, ROOT, Command, commands, mmcore_arguments
from support.studies import write_work_folder
from typer.core import TyperGroup
from typer.testing import CliRunner

from mmcore.cli.app import app

PRINTED = [command for page in PAGES for command in commands(page)]
RUN = [command for command in PRINTED if not command.reason]
SHORT = {
    "train": ("--steps", "4", "--batch-size", "8"),
    "evaluate": ("--rows", "40", "--probe-rows", "500", "--metrics", "representation,information"),
    "impute": ("--samples", "19"),
    "score": ("--samples", "9"),
    "tune": ("--trials", "1", "--folds", "2"),
}
"""Appended to printed commands, so that they end soon: the last of two equal options counts.

All metrics of an evaluation are measured by other tests; classifiers of pictures take minutes.
"""
SERVERS = ("demo", "serve")


def test_every_printed_command_of_mmcore_parses():
    root, problems, parsed = typer.main.get_command(app), [], 0
    for command in PRINTED:
        arguments = mmcore_arguments(command)
        if arguments is not None:
            parsed += 1
            try:
                parse(root, arguments)
            except Exception as error:
                problems.append(f"{command}: {error}")
    assert not problems, "\n".join(problems)
    assert parsed > 80


def test_every_help_has_an_example_that_parses():
    root = typer.main.get_command(app)
    for words, command in tree(root, ["mmcore"]):
        text = command.get_help(
            typer.Context(command, info_name=" ".join(words), terminal_width=200)
        )
        examples = re.findall(r"Examples?:\s+mmcore ([^\n]+)", text)
        assert examples, f"{' '.join(words)} --help has no 'Example: mmcore ...'"
        for example in examples[0].split(". ")[0].split("; mmcore "):
            arguments = shlex.split(example)
            assert arguments[: len(words) - 1] == words[1:]
            parse(root, arguments)


def tree(command, words):
    """Yield all commands with their words."""
    yield words, command
    if isinstance(command, TyperGroup):
        for name in command.list_commands(typer.Context(command)):
            yield from tree(command.get_command(typer.Context(command), name), [*words, name])


def parse(command, arguments):
    """Resolve subcommands, and parse and convert the options of the last one."""
    context = typer.Context(command)
    while isinstance(command, TyperGroup):
        name, command, arguments = command.resolve_command(context, list(arguments))
    command.make_context(name, list(arguments), parent=context)


def test_printed_scripts_exist_and_have_their_options():
    problems = []
    for command in PRINTED:
        if command.words[0].endswith("python") and command.words[1].endswith((".py", "imputation")):
            script = ROOT / command.words[1]
            files = [script] if script.is_file() else [*script.glob("*.py")]
            source = "".join(path.read_text(encoding="utf-8") for path in files)
            options = [word for word in command.words[2:] if word.startswith("--")]
            if not files or any(f'"{option}"' not in source for option in options):
                problems.append(str(command))
    assert not problems, "\n".join(problems)


def test_commands_that_are_not_run_state_why():
    """The option ``-s`` of pytest prints the list of these commands."""
    for command in PRINTED:
        if command.reason:
            print(f"{command} ({command.reason})")
    assert all(len(command.reason) > 8 for command in PRINTED if command.reason)
    assert len(RUN) > 40


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a folder with the files and the runs that pages name."""
    return write_work_folder(tmp_path_factory.mktemp("prepared"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", dict.fromkeys(c.page for c in RUN), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_the_commands_of_a_page_run_as_printed(page, prepared, tmp_path, monkeypatch):
    folder = tmp_path / "work"
    subprocess.run(["cp", "-r", prepared, folder], check=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MMCORE_DATA", str(folder / "no-data"))
    for command in [command for command in RUN if command.page == page]:
        run(command)


def run(command: Command) -> None:
    """Run a command as printed, with the options of `SHORT`."""
    arguments = mmcore_arguments(command)
    short = () if not arguments or "--resume" in arguments else SHORT.get(arguments[0], ())
    if arguments and arguments[0] in SERVERS:
        return serve_shortly(command, arguments)
    if arguments is None or command.words[0] == "torchrun":
        program = [Path(sys.executable).parent / command.words[0], *command.words[1:]]
        done = subprocess.run([*program, *short], capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return
    if arguments[:2] == ["data", "init"]:
        Path("study.yaml").unlink(missing_ok=True)  # other pages begin with it
    result = CliRunner().invoke(app, [*arguments, *short])
    assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception}"


def serve_shortly(command, arguments):
    """Start a server as printed, on a free port, and end it when it has stated its address."""
    program = [Path(sys.executable).parent / "mmcore", *arguments, "--port", "0"]
    with subprocess.Popen(program, stdout=-1, stderr=subprocess.STDOUT, text=True) as process:
        printed = []
        for line in process.stdout:
            printed.append(line)
            if "http://127.0.0.1:" in line:
                process.terminate()
    assert "http://127.0.0.1:" in "".join(printed), f"{command}\n{''.join(printed)}"
