"""The fitted estimator: its model, its state, its files, and the reading of data."""

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from mmcore.errors import MmcoreError
from mmcore.estimator.filling import merged_tables, with_names
from mmcore.estimator.forms import FORMS, TABLE, form_of
from mmcore.estimator.matrices import MatrixChoice
from mmcore.estimator.predictor import Predictor
from mmcore.estimator.state import (
    FittedState,
    model_bytes,
    model_of,
    read_folder,
    write_folder,
)
from mmcore.estimator.tables import InputTables
from mmcore.model import Model
from mmcore.plugins import Catalogue

__all__ = ["FittedModel"]


class FittedModel(BaseEstimator, ABC):  # type: ignore[misc]
    """An estimator whose state is a model and a `FittedState`; both are written as bytes and JSON.

    Attributes:
        model_: the trained model, in eval mode; of an ensemble, the first member.
        members_: all members of the ensemble; ``[model_]`` without one.
    """

    model_: Model
    members_: list[Model]
    _state: FittedState

    def save(self, path: str | Path) -> None:
        """Write the folder of a model, which `mmcore.Model.from_pretrained` and `load` read.

        Raises:
            MmcoreError: the folder has other files, or a parameter cannot be written as JSON.
        """
        check_is_fitted(self)
        write_folder(Path(path), self.get_params(deep=False), self._state, self.members_)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the fitted estimator in a folder that `save` has written.

        Raises:
            MmcoreError: the folder has no estimator, or it is damaged.
        """
        params, state, members = read_folder(Path(path))
        try:
            estimator = cls(**params)
        except TypeError as error:
            raise MmcoreError(f"'{path}' has parameters of another version ({error})") from error
        estimator._set_members(members)
        estimator._set_state(state)
        return estimator

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "model_" in state:
            state["members_"] = [model_bytes(model) for model in self.members_]
            del state["model_"]
            state["_state"] = self._state.model_dump(mode="json")
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "members_" in state:
            self._set_members([model_of(files) for files in state["members_"]])
            self._set_state(FittedState.model_validate(state["_state"]))

    @property
    def _n_features_out(self) -> int:
        return int(self.model_.config.content_dim)

    @property
    def _predictor(self) -> Predictor:
        state, catalogue = self._state, Catalogue.discover()
        return Predictor(self.model_, self.members_[1:], state.records, state.batch, catalogue)

    def _set_members(self, members: Sequence[Model]) -> None:
        self.model_, self.members_ = members[0], list(members)

    def _set_state(self, state: FittedState) -> None:
        self._state = state
        self.n_iter_, self.history_ = state.steps, list(state.history)
        self.n_features_in_ = sum(map(len, state.columns.values()))
        if state.features is not None:
            self.feature_names_in_ = np.array(state.features, dtype=object)

    def _output(self) -> str:
        own: dict[str, str] = getattr(self, "_sklearn_output_config", {})
        return str(own.get("transform", get_config()["transform_output"]))

    def _new(self, X: Any) -> tuple[str, InputTables]:
        """Return the form of new data and its tables, with the names of columns of the training."""
        check_is_fitted(self)
        form, known = form_of(X), self._state
        if FORMS[form].is_single != FORMS[known.form].is_single:
            raise MmcoreError(
                f"X is of type {type(X).__name__}, expected the form of the training data, with the"
                f" tables {', '.join(known.columns)}, such as {{'{next(iter(known.columns))}': X}}"
            )
        tables = self._read(form, X, reset=False)
        if not FORMS[form].is_single:
            return form, tables
        names = pd.Index(known.columns[TABLE], dtype=object)
        renamed = {TABLE: tables.frames[TABLE].set_axis(names, axis=1)}
        return form, replace(tables, frames=renamed)

    def _read(self, form: str, X: Any, reset: bool) -> InputTables:
        if form == "array":
            X = validate_data(
                self,
                X,
                reset=reset,
                dtype="numeric",
                ensure_all_finite="allow-nan",
                ensure_min_samples=2 if reset else 1,
            )
        elif form == "frame":
            validate_data(self, X, reset=reset, skip_check_array=True)
        tables = FORMS[form].read(X, self._choice(form))
        if form == "anndata":
            validate_data(self, tables.frames[TABLE], reset=reset, skip_check_array=True)
        return tables

    def _choice(self, form: str) -> MatrixChoice:
        params = self.get_params(deep=False)
        choice = MatrixChoice(params["layer"], params["obsm"], params["use_raw"])
        if not choice.is_default and form not in ("anndata", "mudata"):
            raise MmcoreError(
                "layer, obsm and use_raw choose a matrix of AnnData or MuData, and the data is of another"
                " type; leave them out"
            )
        return choice

    def _written(self, values: Mapping[str, pd.DataFrame]) -> Any:
        tables = merged_tables(values, self._state.records)
        whole = {}
        for name, frame in tables.items():
            columns = list(self._state.columns[name])
            whole[name] = with_names(frame, columns).reindex(columns=columns)
        return FORMS[self._state.form].write(whole)

    def _features(self, tables: InputTables) -> tuple[str, ...] | None:
        """Return the names of the columns; None for an array, whose columns scikit-learn does not name."""
        if len(tables.frames) == 1 and TABLE in tables.frames:
            names = getattr(self, "feature_names_in_", None)
            return None if names is None else tuple(names)
        return tuple(
            f"{name}.{column}" for name, frame in tables.frames.items() for column in frame
        )
