"""The forms of data that an estimator accepts and returns."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd

from mmcore.errors import MmcoreError
from mmcore.estimator.matrices import MatrixChoice
from mmcore.estimator.tables import InputTables, as_frame, joined, numbered, numbered_names

__all__ = ["EMBEDDING", "FORMS", "TABLE", "Form", "form_of"]

TABLE = "X"
"""The name of a single table."""
EMBEDDING, IMPUTED = "X_mmcore", "imputed"
"""The entry of ``obsm`` and the layer that are added to AnnData and MuData."""

Frames = Mapping[str, pd.DataFrame]


class Form(ABC):
    """A form of data: how it becomes tables, and how results become data of the same form.

    MUST: `read`, `write`, `filled`.

    MAY: `embedded`.
    """

    is_single: ClassVar[bool] = False
    """Whether the data is one table, whose rows are known by their position."""

    @abstractmethod
    def read(self, data: Any, choice: MatrixChoice) -> InputTables:
        """Return the tables in ``data``.

        Arguments:
            data: of this form.
            choice: which matrix of an AnnData is read; other data ignores it.
        """

    @abstractmethod
    def write(self, frames: Frames) -> Any:
        """Return new data of this form from whole tables."""

    @abstractmethod
    def filled(self, data: Any, tables: InputTables, frames: Frames) -> Any:
        """Return ``data`` with the missing cells of its tables from ``frames``.

        Arguments:
            data: see `read`; it is not changed.
            tables: the tables in it.
            frames: whole tables, a row for each of ``tables.ids``.
        """

    def embedded(self, data: Any, embedding: np.ndarray) -> Any:
        """Return ``data`` with an embedding of its rows; the embedding alone, the default."""
        return embedding


@final
class ArrayForm(Form):
    """A numeric array, (N, C)."""

    is_single = True

    def read(self, data: np.ndarray, choice: MatrixChoice) -> InputTables:
        """Return one table with numbered columns."""
        return numbered(TABLE, pd.DataFrame(data, columns=numbered_names(data.shape[1])))

    def write(self, frames: Frames) -> np.ndarray:
        """Return the cells of the table."""
        cells: np.ndarray = frames[TABLE].to_numpy(np.float64)
        return cells

    def filled(self, data: np.ndarray, tables: InputTables, frames: Frames) -> np.ndarray:
        """Return the cells of the table."""
        return self.write(frames)


@final
class FrameForm(Form):
    """One data frame."""

    is_single = True

    def read(self, data: pd.DataFrame, choice: MatrixChoice) -> InputTables:
        """Return one table."""
        return numbered(TABLE, data)

    def write(self, frames: Frames) -> pd.DataFrame:
        """Return the table with numbered rows."""
        return frames[TABLE].reset_index(drop=True)

    def filled(self, data: pd.DataFrame, tables: InputTables, frames: Frames) -> pd.DataFrame:
        """Return the table with the index and the columns of ``data``."""
        return frames[TABLE].set_axis(data.index, axis=0).set_axis(data.columns, axis=1)


@final
class DictForm(Form):
    """A dict of tables, texts or paths, joined by id."""

    def read(self, data: Mapping[str, Any], choice: MatrixChoice) -> InputTables:
        """Return the tables, joined by index."""
        return joined({name: as_frame(name, value) for name, value in data.items()})

    def write(self, frames: Frames) -> dict[str, pd.DataFrame]:
        """Return the tables with numbered rows."""
        return {name: frame.reset_index(drop=True) for name, frame in frames.items()}

    def filled(self, data: Any, tables: InputTables, frames: Frames) -> dict[str, pd.DataFrame]:
        """Return every table with all ids."""
        return {name: frame.set_axis(tables.index, axis=0) for name, frame in frames.items()}


@final
class AnnDataForm(Form):
    """An AnnData: one table, of X or another matrix."""

    is_single = True

    def read(self, data: Any, choice: MatrixChoice) -> InputTables:
        """Return the matrix with the names of the variables."""
        tables = numbered(TABLE, choice.frame(data))
        return replace(tables, uniform=frozenset([TABLE] if choice.is_uniform() else ()))

    def write(self, frames: Frames) -> Any:
        """Return an AnnData with numbered observations."""
        from anndata import AnnData

        return AnnData(_matrix(frames[TABLE]).set_axis(frames[TABLE].index.map(str), axis=0))

    def filled(self, data: Any, tables: InputTables, frames: Frames) -> Any:
        """Return a copy with the layer ``imputed``, or an entry of obsm if the columns are not those of X."""
        copy = data.copy()
        _add(copy, _matrix(frames[TABLE]))
        return copy

    def embedded(self, data: Any, embedding: np.ndarray) -> Any:
        """Return a copy with the embedding in ``obsm``."""
        return _with_embedding(data, embedding)


@final
class MuDataForm(Form):
    """A MuData: one table for each AnnData in it, joined by the names of the observations."""

    def read(self, data: Any, choice: MatrixChoice) -> InputTables:
        """Return the matrices, in the order of the observations of the whole."""
        tables = joined({name: choice.frame(data.mod[name], name) for name in data.mod})
        ids = pd.Index([str(name) for name in data.obs_names], dtype=object)
        uniform = frozenset(name for name in data.mod if choice.is_uniform(name))
        return InputTables(tables.frames, data.obs_names, ids, uniform)

    def write(self, frames: Frames) -> Any:
        """Return a MuData with numbered observations."""
        from anndata import AnnData
        from mudata import MuData

        return MuData(
            {n: AnnData(_matrix(f).set_axis(f.index.map(str), axis=0)) for n, f in frames.items()}
        )

    def filled(self, data: Any, tables: InputTables, frames: Frames) -> Any:
        """Return a copy with layers ``imputed``, and ``obsm`` for observations that lack a modality."""
        copy = data.copy()
        for name, frame in frames.items():
            whole = _matrix(frame).set_axis(copy.obs_names, axis=0)
            own = tables.frames[name].index if name in tables.frames else []
            if name in copy.mod:
                rows = frame.index.get_indexer(own)
                _add(copy.mod[name], whole.iloc[rows])
            if len(own) < len(frame):
                copy.obsm[f"{IMPUTED}_{name}"] = whole
        return copy

    def embedded(self, data: Any, embedding: np.ndarray) -> Any:
        """Return a copy with the embedding in ``obsm``."""
        return _with_embedding(data, embedding)


FORMS: dict[str, Form] = {
    "array": ArrayForm(),
    "frame": FrameForm(),
    "dict": DictForm(),
    "anndata": AnnDataForm(),
    "mudata": MuDataForm(),
}


def form_of(data: Any) -> str:
    """Return the name of the form of ``data``, a key of `FORMS`; anything unknown is an array."""
    if isinstance(data, pd.DataFrame):
        return "frame"
    # A sparse matrix may be a dict, with a shape.
    if isinstance(data, Mapping) and getattr(data, "shape", None) is None:
        if not data:
            raise MmcoreError("the dict of tables is empty; give at least one table, by its name")
        return "dict"
    if _is_instance(data, "anndata", "AnnData"):
        return "anndata"
    return "mudata" if _is_instance(data, "mudata", "MuData") else "array"


def _is_instance(data: Any, package: str, name: str) -> bool:
    """Return whether ``data`` is of a class of an optional package, which is not imported for this."""
    module = sys.modules.get(package)
    return module is not None and isinstance(data, getattr(module, name))


def _add(data: Any, whole: pd.DataFrame) -> None:
    """Add the whole matrix of an AnnData as a layer, or as an entry of obsm if X has other columns."""
    if list(whole.columns) == list(data.var_names):
        data.layers[IMPUTED] = whole.to_numpy()
    else:
        data.obsm[IMPUTED] = whole.set_axis(data.obs_names, axis=0)


def _with_embedding(data: Any, embedding: np.ndarray) -> Any:
    copy = data.copy()
    copy.obsm[EMBEDDING] = embedding
    return copy


def _matrix(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the cells as numbers, as AnnData has no other matrix."""
    try:
        return pd.DataFrame(frame.to_numpy(np.float64), frame.index, frame.columns)
    except (TypeError, ValueError) as error:
        raise MmcoreError(f"AnnData has numbers only, and the model has texts ({error})") from error
