"""``mmcore data``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.options import AllowOutside
from mmcore.cli.study_records import show_records_of
from mmcore.cli.study_report import show_report
from mmcore.errors import MmcoreError
from mmcore.terminal.escaping import command
from mmcore.terminal.printing import Console

if TYPE_CHECKING:
    from mmcore.config.study import StudyConfig

__all__ = ["data_app"]

data_app = typer.Typer(
    help="Draft, check and show studies of your own data.\n\nExample: mmcore data init mrna.csv protein.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DataDir = Annotated[
    Path | None, typer.Option(help="Folder of real data. [default: $MMCORE_DATA, or the cache]")
]


@data_app.command("check")
def check(
    study: Annotated[Path, typer.Argument(help="A study file.")],
    data_dir: DataDir = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Check the records of a study, and report on them, before training.

    Example: mmcore data check study.yaml
    """
    from mmcore.data.tables.check import check_study
    from mmcore.plugins import Catalogue

    config = _study(study, allow_outside)
    report = check_study(config, study.parent, Catalogue.discover(), data_dir)
    console = Console()
    show_report(report, console)
    options = [
        *(["--data-dir", data_dir] if data_dir else []),
        *["--allow-outside"] * allow_outside,
    ]
    console.print("next: " + command("mmcore", "train", "--config", study, *options))


@data_app.command("show")
def show(
    study: Annotated[Path, typer.Argument(help="A study file.")],
    modality: Annotated[str | None, typer.Argument(help="Show only this modality.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Show the record of this id.")] = None,
    data_dir: DataDir = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Show the first records of a study as the model receives them.

    Example: mmcore data show study.yaml protein --id P042
    """
    from mmcore.data.tables.show import show_records
    from mmcore.plugins import Catalogue

    config = _study(study, allow_outside)
    console, catalogue = Console(), Catalogue.discover()
    records = show_records(config, study.parent, catalogue, data_dir, modality, id)
    for name, shown in records.items():
        show_records_of(name, shown, console)


@data_app.command("init")
def init(
    files: Annotated[list[Path], typer.Argument(help="Tables, and folders of pictures or texts.")],
    out: Annotated[Path, typer.Option(help="The study file to write.")] = Path("study.yaml"),
) -> None:
    """Write a draft of a study file for data files and folders.

    Example: mmcore data init mrna.csv protein.csv scans
    """
    if out.exists():
        raise MmcoreError(f"'{out}' already exists; name another file with --out")
    if not out.parent.is_dir():
        raise MmcoreError(
            f"there is no folder '{out.parent}' for '{out.name}'; create it, or change --out"
        )
    from mmcore.data.tables.draft import draft_study
    from mmcore.plugins import Catalogue
    from mmcore.storage.files import write_text

    write_text(out, draft_study(files, out, Catalogue.discover()))
    Console().print(f"written: {out}; next: " + command("mmcore", "data", "check", out))


@data_app.callback()
def data() -> None:
    """Draft, check and show studies of your own data."""


def _study(path: Path, allow_outside: bool) -> "StudyConfig":
    from mmcore.config.study import StudyConfig
    from mmcore.runs.folder.files import read_config_or_study

    config = read_config_or_study(path, allow_outside)
    if not isinstance(config, StudyConfig):
        raise MmcoreError(f"'{path}' is the configuration of a run, expected a study file")
    return config
