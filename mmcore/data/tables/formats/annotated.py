"""AnnData and MuData in files: .h5ad and .h5mu."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from mmcore.config.layout import AnnDataSettings, MuDataSettings
from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.damage import readable
from mmcore.data.tables.formats.extras import package, refuse_to_write
from mmcore.data.tables.formats.lines import check_names
from mmcore.data.tables.formats.matrix import MatrixTable
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins import Context

__all__ = ["H5ad", "H5mu"]

IDS = ""
"""The column of row names, which have no name of their own."""
COLUMNS = (
    "array",
    "string-array",
    "categorical",
    "nullable-integer",
    "nullable-boolean",
    "nullable-string-array",
)
"""Types of columns of ``obs`` in the files of anndata."""
MATRICES = ("", "array", "csr_matrix", "csc_matrix", "dataframe")
"""Types of matrices in the files of anndata; old files state none."""
OBS = "obs."
"""Prefix of a column of ``obs`` that has the name of a variable."""


@final
class H5ad(Format):
    """An AnnData: its ids are the names of ``obs``, its columns the variables.

    Arguments:
        settings: a layer or an entry of obsm, in place of X.
        context: not used.
    """

    def __init__(self, settings: AnnDataSettings, context: Context) -> None:
        self._settings = settings

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the matrix, which stays sparse; columns of ``obs`` are annotations."""
        return _opened(path, self._settings)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write."""
        refuse_to_write(path, frames)


@final
class H5mu(Format):
    """A MuData, of which a modality is read as an AnnData, or ``obs`` alone.

    Arguments:
        settings: the modality, and a layer or an entry of obsm.
        context: not used.
    """

    def __init__(self, settings: MuDataSettings, context: Context) -> None:
        self._settings = settings

    def open(self, path: Path, missing: MissingWords) -> OpenedTable:
        """Return the matrix of a modality, which stays sparse."""
        return _opened(path, self._settings, self._settings.modality)

    def write(self, path: Path, frames: Iterable[pd.DataFrame]) -> None:
        """Refuse to write."""
        refuse_to_write(path, frames)


def _opened(path: Path, settings: AnnDataSettings, modality: str | None = None) -> OpenedTable:
    h5py, read = package("h5py", "anndata", path), package("anndata.io", "anndata", path).read_elem
    with (
        readable(path, f"{path.suffix} file", "write it again with its library"),
        h5py.File(path, "r") as file,
    ):
        if not isinstance(settings, MuDataSettings):
            return _of_anndata(path, file, settings, read)
        modalities = sorted(file.get("mod", ()))
        if modality is None and settings == MuDataSettings():
            return _of_obs(file["obs"], modalities, read)
        inner = _member(path, file["mod"], modality, "modality")
        return _of_anndata(path, inner, settings, read, file["obs"])


def _of_anndata(
    path: Path, file: Any, settings: AnnDataSettings, read: Any, shared: Any = None
) -> OpenedTable:
    """Return the matrix with the columns of ``obs``, and those of the ``obs`` of a whole MuData."""
    obs, notes = _frame(file["obs"], read)
    if shared is not None:
        whole, others = _frame(shared, read)
        own = [name for name in whole if ":" not in name and name not in obs]
        obs = obs.join(whole[own])
        notes += [note for note in others if note not in notes]
    matrix, names = _matrix(path, file, settings, read)
    obs.columns = pd.Index(
        [OBS + name if name in set(names) else name for name in obs], dtype=object
    )
    check_names(path, [IDS, *obs, *names])
    layers = ", ".join(file.get("layers", ()))
    if layers and settings.layer is None and settings.obsm is None:
        notes.append(f"its X is read; its layers are {layers}")
    table = MatrixTable(matrix, names, _with_ids(obs), uniform=settings.obsm is None)
    return OpenedTable(table, tuple(notes), annotations=tuple(obs))


def _of_obs(group: Any, modalities: list[str], read: Any) -> OpenedTable:
    obs, notes = _frame(group, read)
    notes.append(
        f"without 'modality', its obs alone is read; its modalities are {', '.join(modalities)}"
    )
    return OpenedTable(
        FrameTable(_with_ids(obs)),
        tuple(notes),
        annotations=tuple(obs),
        modalities=tuple(modalities),
    )


def _matrix(path: Path, file: Any, settings: AnnDataSettings, read: Any) -> tuple[Any, list[str]]:
    """Return X, a layer or an entry of obsm, and the names of its columns."""
    if settings.layer is not None and settings.obsm is not None:
        raise MmcoreError(f"'{path}' is given both a layer and an obsm, expected one of them")
    if settings.obsm is not None:
        values = _read(_member(path, file.get("obsm", {}), settings.obsm, "obsm"), read)
        if isinstance(values, pd.DataFrame):
            return values.to_numpy(), [str(name) for name in values]
        return _rows(values), [f"{settings.obsm}_{n}" for n in range(1, values.shape[1] + 1)]
    if settings.layer is None and "X" not in file:
        layers = ", ".join(file.get("layers", ())) or "none"
        raise MmcoreError(f"'{path}' has no X; its layers are {layers}; name one by layer: NAME")
    place = (
        file["X"]
        if settings.layer is None
        else _member(path, file.get("layers", {}), settings.layer, "layer")
    )
    return _rows(_read(place, read)), [str(name) for name in _index(file["var"], read)]


def _member(path: Path, group: Any, name: str | None, option: str) -> Any:
    if name is None or name not in group:
        raise MmcoreError(
            f"'{path}' has no {option} '{name}', expected one of {listed(group)}{nearest(name or '', group)}"
            if name is not None
            else f"'{path}' has several tables; name one by {option}: NAME, one of {listed(group)}"
        )
    return group[name]


def _read(place: Any, read: Any) -> Any:
    """Return a matrix or a data frame; other types raise an error that only anndata has."""
    encoding = place.attrs.get("encoding-type", "")
    if encoding not in MATRICES:
        raise ValueError(f"{place.name} has the type '{encoding}', expected a matrix")
    return read(place)


def _rows(values: Any) -> Any:
    """Return a matrix whose rows can be selected fast."""
    if isinstance(values, np.ndarray):
        return values
    if not issparse(values):
        raise TypeError(f"it has {type(values).__name__} in place of a matrix")
    values.check_format()  # a wrong index would be a place in memory
    return values.tocsr()


def _index(group: Any, read: Any) -> Any:
    return read(group[group.attrs["_index"]])


def _frame(group: Any, read: Any) -> tuple[pd.DataFrame, list[str]]:
    """Return a data frame whose columns have types of numpy, and notes on columns that are left out."""
    names = [str(name) for name in group.attrs["column-order"]]
    known = [name for name in names if group[name].attrs.get("encoding-type") in COLUMNS]
    columns = {name: _plain(read(group[name])) for name in known}
    index = pd.Index([str(name) for name in _index(group, read)], dtype=object)
    others = [name for name in names if name not in columns]
    notes = [f"its column '{name}' of obs has an unknown type and is left out" for name in others]
    return pd.DataFrame(columns, index=range(len(index))).set_axis(index, axis=0), notes


def _plain(column: Any) -> pd.Series:
    if isinstance(column, pd.Categorical):
        return pd.Series(column)
    return pd.Series([None if cell is pd.NA else cell for cell in pd.Series(column).tolist()])


def _with_ids(obs: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pd.DataFrame({IDS: obs.index}), obs.reset_index(drop=True)], axis=1)
