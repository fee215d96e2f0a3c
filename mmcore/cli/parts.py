"""Tables of predictions in parts, each computed by its own process: ``--shard`` and ``--processes``."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.errors import MmcoreError
from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction import Part

__all__ = ["Processes", "Shard", "destination"]

Shard = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Compute part I of N of the records, such as 2/8. --out is a folder then, with a Parquet file"
        " for each part; a part that is finished is not computed again.",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Number of parts that are computed at the same time on this machine, see --shard.",
    ),
]
OWN = ("out", "shard", "processes")
"""Options that do not change the predictions."""


def destination(
    context: typer.Context, catalogue: "Catalogue"
) -> "tuple[Path | None, Part | None]":
    """Return the file to write, and the part of the records; None for all records.

    With ``--processes``, all parts are computed in processes of their own, and the command ends.

    Raises:
        MmcoreError: options contradict each other, or the folder has the predictions of another command.
        Exit: nothing is left to compute.
    """
    out, shard, processes = (context.params[name] for name in OWN)
    if shard is None and processes is None:
        return out, None
    if out is None or (shard is not None and processes is not None):
        raise MmcoreError(
            "--shard and --processes exclude each other, and need --out FOLDER; see docs/scale.md"
        )
    if processes is not None:
        _in_processes(context, processes)
        raise typer.Exit
    from mmcore.runs.prediction import Part
    from mmcore.runs.prediction.parts import claimed

    part = Part.parse(shard)
    path = claimed(out, part, _choices(context), catalogue)
    if path is None:
        Console().print(f"part {part.number} of {part.count} is finished already, see {out}")
        raise typer.Exit
    return path, part


def _choices(context: typer.Context) -> dict[str, object]:
    """Return the command, its options and the files of the model, on which the predictions depend."""
    from mmcore.storage.manifest import file_hash

    chosen = {name: value for name, value in context.params.items() if name not in OWN}
    weights = sorted(Path(chosen["run"]).rglob("model/*.safetensors"))
    hashes = {f"{path.relative_to(chosen['run'])}": file_hash(path) for path in weights}
    places = {n: v.resolve() for n, v in chosen.items() if isinstance(v, Path)}
    return {"command": context.command.name, **chosen, **places, **hashes}


def _in_processes(context: typer.Context, count: int) -> None:
    """Compute all parts, and wait for them; the first process shows its progress.

    Raises:
        MmcoreError: a process has failed.
    """
    command = [sys.executable, "-m", "mmcore", str(context.command.name), *_words(context)]
    with TemporaryDirectory() as folder:
        errors = [Path(folder, f"{number}") for number in range(1, count + 1)]
        for number, code in enumerate(_codes(command, errors), 1):
            if code:
                raise MmcoreError(
                    f"part {number} of {count} failed: {_last_line(errors[number - 1])}; the same command"
                    " computes the parts that are missing"
                )
    Console().print(f"written: {count} parts in {context.params['out']}")


def _codes(command: Sequence[str], errors: Sequence[Path]) -> list[int]:
    """Return the exit codes of the processes, whose errors are written to files."""
    count = len(errors)
    threads = str(max(1, (os.cpu_count() or 1) // count))
    children: list[subprocess.Popen[bytes]] = []
    try:
        for number, place in enumerate(errors, 1):
            with place.open("wb") as file:
                child = subprocess.Popen(
                    [*command, "--shard", f"{number}/{count}"],
                    stdout=None if number == 1 else subprocess.DEVNULL,
                    stderr=file,
                    env={"OMP_NUM_THREADS": threads, **os.environ},
                )
            children.append(child)
        return [child.wait() for child in children]
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()


def _words(context: typer.Context) -> list[str]:
    """Return the arguments and options of the command that are not the default."""
    words: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        if parameter.name in OWN[1:] or value is None or value == parameter.default:
            continue
        if parameter.param_type_name == "option":
            words.append(parameter.opts[0])
        words += [] if value is True else [str(value)]
    return words


def _last_line(errors: Path) -> str:
    lines = errors.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it was ended from outside"
