"""``mmcore runs``: list, verify and clean the runs in a folder."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from mmcore.cli.console import AsJson, show_json, show_table, show_text

__all__ = ["runs_app"]

runs_app = typer.Typer(
    help="List, verify and clean runs.\n\nExample: mmcore runs list runs", no_args_is_help=True
)

Place = Annotated[Path, typer.Argument(help="Folder of a run, or of runs.")]
RUNS = Path("runs")


@runs_app.command("list")
def list_(path: Place = RUNS, as_json: AsJson = False) -> None:
    """List the runs in a folder and its subfolders.

    Example: mmcore runs list runs
    """
    from mmcore.runs.folder.inventory import entry, runs_below

    entries = [entry(folder) for folder in runs_below(path)]
    if as_json:
        names = ("path", "state", "method", "modalities", "steps", "size", "remark")
        show_json([{name: getattr(one, name) for name in names} for one in entries])
        return
    columns = ("run", "state", "method", "modalities", "steps", "size", "remark")
    rows = [
        (
            str(e.path),
            e.state,
            e.method,
            ",".join(e.modalities),
            e.steps,
            _megabytes(e.size),
            e.remark,
        )
        for e in entries
    ]
    show_table(columns, rows)


@runs_app.command()
def show(run: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Show the files of a run with their sizes.

    Example: mmcore runs show runs/RUN
    """
    from mmcore.runs.folder.inventory import entry, runs_below, size_of

    for folder in runs_below(run):
        one = entry(folder)
        show_text(f"{one.path}: {one.state}, {one.method} of {', '.join(one.modalities)}")
        show_text(f"steps: {one.steps}", *([one.remark] if one.remark else []))
        inside = sorted(folder.path.iterdir())
        show_table(("file", "size"), [(p.name, _megabytes(size_of(p))) for p in inside])


@runs_app.command()
def verify(path: Place = RUNS) -> None:
    """Compare all files with their hashes; exit code 1 and a list where a file is damaged.

    Example: mmcore runs verify runs
    """
    from mmcore.runs.folder.inventory import damage, runs_below

    count = 0
    for folder in runs_below(path):
        sentences = damage(folder)
        count += len(sentences)
        show_text(f"{folder.path}: {'whole' if not sentences else 'damaged'}")
        show_text(*(f"  {sentence}" for sentence in sentences))
    if count:
        raise typer.Exit(1)


@runs_app.command()
def clean(
    path: Place = RUNS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be removed.")
    ] = False,
) -> None:
    """Remove temporary files, and the checkpoints of finished runs, which then cannot be extended.

    In a terminal it needs a confirmation. A run that another process uses is not changed.

    Example: mmcore runs clean runs --dry-run
    """
    from mmcore.runs.folder.inventory import removable, runs_below, size_of
    from mmcore.runs.folder.lock import is_locked, locked

    for folder in runs_below(path):
        if is_locked(folder.path):
            show_text(f"{folder.path}: in use, not changed")
            continue
        chosen = removable(folder)
        for file in chosen:
            show_text(
                f"{'would remove' if dry_run else 'remove'} {file}, {_megabytes(size_of(file))}"
            )
        if not chosen or dry_run or not _agreed(folder.path):
            continue
        with locked(folder.path):
            for file in removable(folder):
                shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)


def _agreed(path: Path) -> bool:
    return not sys.stdin.isatty() or typer.confirm(f"remove these files of {path}?")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
