"""Plug-ins in a folder that are not installed."""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.plugins.candidates import GROUP, Candidate

__all__ = ["importable", "in_folder"]


def in_folder(folder: Path) -> list[Candidate]:
    """Return the plug-ins that the ``pyproject.toml`` of a folder declares.

    Raises:
        MmcoreError: there is none, it cannot be read, or it declares no plug-in.
    """
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        points = dict(project.get("entry-points", {}).get(GROUP, {}))
        name, version = str(project["name"]), str(project.get("version", "unknown"))
        requires = tuple(map(str, project.get("dependencies", ())))
    except FileNotFoundError:
        raise MmcoreError(
            f"'{folder}' is neither an installed plug-in nor a folder with a pyproject.toml;"
            " see mmcore plugins list for the installed ones"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MmcoreError(
            f"'{path}' does not describe a package ({type(error).__name__}: {error}); mmcore plugins new"
            " writes a valid one"
        ) from error
    if not points:
        raise MmcoreError(
            f"'{path}' declares no plug-in; add a table [project.entry-points.{GROUP}] with"
            " NAME = 'PACKAGE.plugin'"
        )
    return [Candidate(point, str(points[point]), name, version, requires) for point in points]


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Make the packages in a folder, or in its ``src``, importable before all others."""
    root = folder / "src" if (folder / "src").is_dir() else folder
    sys.path.insert(0, str(root.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(root.resolve()))
