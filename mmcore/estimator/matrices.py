"""Choice of the matrix of an AnnData: X, a layer, an entry of obsm, or raw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from mmcore.errors import MmcoreError, listed, nearest

__all__ = ["MatrixChoice"]

Name = str | Mapping[str, str] | None


@final
@dataclass(frozen=True, slots=True)
class MatrixChoice:
    """The matrix of an AnnData that is read; X by default.

    A mapping has the choice for each modality of a MuData; for the others it is X.

    Arguments:
        layer: name of a layer.
        obsm: name of an entry of obsm.
        use_raw: whether ``raw`` is read.
    """

    layer: Name = None
    obsm: Name = None
    use_raw: bool | Mapping[str, bool] = False

    @property
    def is_default(self) -> bool:
        """Whether nothing is chosen."""
        return self.layer is None and self.obsm is None and not self.use_raw

    def is_uniform(self, modality: str | None = None) -> bool:
        """Return whether the columns are variables, which are measurements of one kind."""
        return _of(self.obsm, modality) is None

    def frame(self, data: Any, modality: str | None = None) -> pd.DataFrame:
        """Return the matrix of an AnnData with the names of its rows and columns; it stays sparse.

        Arguments:
            data: the AnnData.
            modality: its name in a MuData.

        Raises:
            MmcoreError: it has no such matrix, or two are chosen.
        """
        layer, obsm, raw = (_of(own, modality) for own in (self.layer, self.obsm, self.use_raw))
        if sum((layer is not None, obsm is not None, bool(raw))) > 1:
            raise MmcoreError("two of layer, obsm and use_raw are given, expected one of them")
        if raw:
            return _raw(data)
        if obsm is not None:
            return _entry(data, obsm)
        if layer is not None:
            _check("layer", layer, data.layers)
        elif data.X is None:
            raise MmcoreError(
                f"the AnnData has no X; name one of its layers, {listed(data.layers)}"
            )
        matrix = data.X if layer is None else data.layers[layer]
        return _frame(matrix, data.obs_names, data.var_names)


def _of(choice: Any, modality: str | None) -> Any:
    return choice.get(modality) if isinstance(choice, Mapping) else choice


def _raw(data: Any) -> pd.DataFrame:
    if data.raw is None:
        raise MmcoreError("use_raw is True and the AnnData has no raw; leave use_raw out to read X")
    return _frame(data.raw.X, data.obs_names, data.raw.var_names)


def _entry(data: Any, name: str) -> pd.DataFrame:
    _check("obsm", name, data.obsm)
    values = data.obsm[name]
    if isinstance(values, pd.DataFrame):
        return values
    names = [f"{name}_{number}" for number in range(1, values.shape[1] + 1)]
    cells = values.toarray() if issparse(values) else values
    return _frame(cells, data.obs_names, names)


def _frame(matrix: Any, rows: pd.Index, columns: Any) -> pd.DataFrame:
    """Return a data frame, with sparse columns for a sparse matrix."""
    if not issparse(matrix):
        return pd.DataFrame(np.asarray(matrix), index=rows, columns=columns)
    frame: pd.DataFrame = pd.DataFrame.sparse.from_spmatrix(matrix, index=rows, columns=columns)
    return frame


def _check(option: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise MmcoreError(
            f"the AnnData has no {option} '{name}', expected one of {listed(known) or 'none'}"
            f"{nearest(name, known)}"
        )
