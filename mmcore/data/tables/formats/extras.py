"""Packages that only some formats need, and formats that are only read."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from mmcore.errors import MmcoreError

__all__ = ["package", "refuse_to_write"]


def package(name: str, extra: str, path: Path) -> Any:
    """Return a module of an optional package.

    Raises:
        MmcoreError: the package is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MmcoreError(
            f"'{path}' needs the package {error.name}, which is not installed; install it by"
            f" pip install 'mmcore[{extra}]'"
        ) from error


def refuse_to_write(path: Path, frames: Iterable[pd.DataFrame]) -> NoReturn:
    """Raise the error of a format that has no place for texts and names, or is only read."""
    raise MmcoreError(
        f"'{path}' has a format that is only read; choose a name with .csv, .parquet, .feather or .xlsx"
    )
