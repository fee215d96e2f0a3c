"""Trained models of installed packages: entry points of the group ``mmcore.models``."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import as_file, files
from pathlib import Path

from mmcore.errors import MmcoreError, listed, nearest

__all__ = ["GROUP", "folder_of", "installed_models"]

GROUP = "mmcore.models"
DEFAULT = "digits"


def installed_models() -> dict[str, EntryPoint]:
    """Return the trained models of installed packages by name.

    An entry point ``digits = "mmcore_models:digits"`` names the folder ``digits`` of the run in the
    package ``mmcore_models``.
    """
    return {point.name: point for point in entry_points(group=GROUP)}


@contextmanager
def folder_of(run: str | None) -> Iterator[Path]:
    """Yield the folder of a run, or of an installed model.

    Arguments:
        run: a folder, or the name of an installed model; the model of digits if left out.

    Raises:
        MmcoreError: there is neither.
    """
    if run is not None and Path(run).exists():
        yield Path(run)
        return
    models, name = installed_models(), run or DEFAULT
    if name not in models:
        raise MmcoreError(_unknown(run, models))
    point = models[name]
    with as_file(files(point.module).joinpath(point.attr)) as folder:
        yield folder


def _unknown(run: str | None, models: dict[str, EntryPoint]) -> str:
    install = "" if models else "; pip install mmcore-models installs trained models"
    if run is None:
        return f"no trained model is installed{install}, or name a run, as mmcore demo runs/NAME"
    return (
        f"'{run}' is neither the folder of a run nor an installed model; installed models:"
        f" {listed(models)}{nearest(run, models) or install}"
    )
