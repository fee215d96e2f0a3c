"""The estimator, with the interface of scikit-learn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import pandas as pd
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.estimator.base import FittedModel
from mmcore.estimator.filling import filled_tables, merged_tables
from mmcore.estimator.forms import FORMS, form_of
from mmcore.estimator.settings import impute_settings, seed_of, study_of
from mmcore.estimator.state import FittedState
from mmcore.estimator.training import train_members
from mmcore.plugins import Catalogue
from mmcore.terminal.printing import Console

__all__ = ["MultimodalVAE"]


@final
class MultimodalVAE(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    FittedModel,
):
    """A multimodal VAE as a scikit-learn estimator; missing values are NaN, None, or absent rows.

    ``X`` is an array of numbers; a data frame, whose columns may be categories; a dict of data frames,
    or of texts or paths by id, which are joined by their index (outer join); an AnnData or a MuData.

    Parameters that are None are chosen by the size of the data, as for a study file; see
    `docs/estimator.md`.

    Arguments:
        modalities: for one table, the columns of each modality: names, patterns such as ``"mean *"``,
            positions or a slice. None: one modality for each table.
        kinds: kind of modality by name; None: tables, texts and files are recognized.
        layer, obsm: for AnnData, the entry of either in place of X; for MuData for all, or by modality.
        use_raw: whether ``raw`` is read in place of X, see ``layer``.
        settings: options of the kinds, by modality, such as ``{"mrna": {"width": 64}}``.
        batch: column with the batch, such as the hospital, of each row, see `docs/estimator.md`.
        method: name of the method, see ``mmcore methods list``.
        content_dim: dimensions of the embedding.
        style_dim: dimensions of the modality-specific subspaces, for all or by modality; None: 0.
        beta: weight of all divergences; None: 1.
        options: further options of the method.
        prior, style_prior: priors over the content and over each style; None: standard normal.
        generation_prior: prior that is fitted after the training and that `sample` draws from; None:
            mixture; ``"standard"``: that of the training.
        model: further entries of ``model`` in a study file.
        steps, batch_size: length of the training, and rows of a step.
        learning_rate: largest learning rate; None: 0.002.
        optimizer: name of the optimizer; None: adam.
        validation: share of the rows that is held out to stop early and to choose the weights; None, or
            a share of less than one row: no validation.
        drop: share of the training values that are hidden at random.
        precision, accelerator: numbers (``"32-true"``) and device of the training; None: by the hardware.
        training: further entries of ``training`` in a study file.
        samples: importance samples of each row in `score_samples`.
        random_state: seed, generator or None; with a seed every result is deterministic.
        ensemble: number of models, whose draws `impute` pools; the other methods use the first one.
        verbose: whether the choices and the progress of the training are printed.

    Attributes:
        model_: the trained `mmcore.Model`.
        n_features_in_: number of columns of all tables.
        feature_names_in_: names of the columns, as ``table.column`` for several tables; only if the
            data has names.
        n_iter_: number of training steps.
        history_: metrics of the training, a dict for each report.

    Example:
        >>> import numpy as np
        >>> from mmcore import MultimodalVAE
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 6))
        >>> X[0, 2] = np.nan
        >>> vae = MultimodalVAE({"a": [0, 1, 2], "b": [3, 4, 5]}, steps=20, random_state=0).fit(X)
        >>> vae.transform(X).shape, bool(np.isnan(vae.impute(X)).any())
        ((40, 2), False)
    """

    def __init__(
        self,
        modalities: Mapping[str, Any] | None = None,
        *,
        kinds: Mapping[str, str] | None = None,
        layer: str | Mapping[str, str] | None = None,
        obsm: str | Mapping[str, str] | None = None,
        use_raw: bool | Mapping[str, bool] = False,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        batch: str | None = None,
        method: str = "mmjsd",
        content_dim: int | None = None,
        style_dim: int | Mapping[str, int] | None = None,
        beta: float | None = None,
        options: Mapping[str, Any] | None = None,
        prior: str | None = None,
        style_prior: str | None = None,
        generation_prior: str | None = None,
        model: Mapping[str, Any] | None = None,
        steps: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        optimizer: str | None = None,
        validation: float | None = 0.15,
        drop: float = 0.0,
        precision: str | None = None,
        accelerator: str | None = None,
        training: Mapping[str, Any] | None = None,
        samples: int = 512,
        random_state: Any = None,
        ensemble: int = 1,
        verbose: bool | int = False,
    ) -> None:
        self.modalities = modalities
        self.kinds = kinds
        self.layer = layer
        self.obsm = obsm
        self.use_raw = use_raw
        self.settings = settings
        self.batch = batch
        self.method = method
        self.content_dim = content_dim
        self.style_dim = style_dim
        self.beta = beta
        self.options = options
        self.prior = prior
        self.style_prior = style_prior
        self.generation_prior = generation_prior
        self.model = model
        self.steps = steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.validation = validation
        self.drop = drop
        self.precision = precision
        self.accelerator = accelerator
        self.training = training
        self.samples = samples
        self.random_state = random_state
        self.ensemble = ensemble
        self.verbose = verbose

    # -- fitting -----------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train a model on the rows of ``X``; ``y`` is ignored.

        Raises:
            MmcoreError: a parameter, a table or a cell is not valid.
        """
        form = form_of(X)
        tables = self._read(form, X, reset=True)
        catalogue, seed = Catalogue.discover(), seed_of(self.random_state)
        study = study_of(self.get_params(deep=False), tables, seed, catalogue)
        console = Console() if self.verbose else None
        with torch.random.fork_rng():  # the generators of the user stay as they are
            fitting = fit_study(study, Path(), catalogue, given=tables.opened)
            if console:
                console.print(f"chosen {fitting.chosen}")
            members = train_members(fitting, catalogue, console, self.ensemble)
        assert fitting.config.data.study is not None, "a study has one"
        self._set_members([member.model for member in members])
        self._set_state(
            FittedState(
                form=form,
                columns={name: tuple(frame.columns) for name, frame in tables.frames.items()},
                records=fitting.config.data.study.records,
                features=self._features(tables),
                steps=members[0].steps,
                history=tuple(members[0].history),
                members=len(members),
                batch=study.batch,
            )
        )
        return self

    # -- predictions -------------------------------------------------------------------------------

    def transform(self, X: Any) -> Any:
        """Return the embedding, (N, D): the mean of q(c | x) given the values that each row has.

        A row without any value has the mean of the prior. Rows of a dict of tables are in the order of
        the first appearance of their ids. For AnnData and MuData the result is a copy with the embedding
        in ``obsm["X_mmcore"]``, unless `set_output` requests a data frame.
        """
        form, tables = self._new(X)
        embedding = self._predictor.embed(tables)
        if self._output() == "default":
            return FORMS[form].embedded(X, embedding)
        if form == "array":
            return embedding
        return pd.DataFrame(embedding, index=tables.index, columns=self.get_feature_names_out())

    def impute(self, X: Any, *, posterior: str = "generation") -> Any:
        """Return ``X`` with values in place of missing cells; the other cells do not change.

        A number is the mean of the predictive distribution given the values of the row, a category the
        most frequent one. A dict of tables is returned with all modalities of the model and all ids, as
        data frames; AnnData and MuData are returned as copies with layers ``imputed`` and the embedding.
        For observations that lack a modality, ``obsm["imputed_NAME"]`` of a MuData has the values.

        Arguments:
            X: data.
            posterior: ``"generation"``, the posterior that the method generates from, or ``"corrected"``,
                that of the generative model by importance resampling.

        Raises:
            MmcoreError: the posterior is neither.
        """
        form, tables = self._new(X)
        predictor, settings = self._predictor, impute_settings(posterior=posterior)
        guesses = merged_tables(predictor.imputed(tables, settings), self._state.records)
        frames = filled_tables(tables, guesses)
        if form in ("anndata", "mudata"):
            X = FORMS[form].embedded(X, predictor.embed(tables))
        return FORMS[form].filled(X, tables, frames)

    def impute_table(
        self,
        X: Any,
        *,
        level: float = 0.9,
        samples: int = 199,
        posterior: str = "generation",
        conformal: Any = None,
    ) -> pd.DataFrame:
        """Return the table of ``mmcore impute``: values, intervals, and which cells are observed.

        Arguments:
            X: data.
            level: coverage of the intervals.
            samples: draws for a mean and an interval.
            posterior: see `impute`; ``"corrected"`` adds the column ``effective_samples``.
            conformal: data that `fit` was not given, on which the intervals are scaled so that they cover
                the level, see `docs/prediction.md`; None: the intervals of the model.

        Raises:
            MmcoreError: the samples are too few for the level, or the rows of ``conformal``, or the
                posterior is unknown.
        """
        _, tables = self._new(X)
        settings = impute_settings(level=level, samples=samples, posterior=posterior)
        held_out = None if conformal is None else self._new(conformal)[1]
        table = self._predictor.impute(tables, settings, held_out).reindex(tables.ids)
        return table.set_axis(tables.index, axis=0)

    def inverse_transform(self, X: Any) -> Any:
        """Return data of the form of the training for embeddings ``X``, (N, D).

        A number is the mean of the likelihood, a category the most likely one; styles are the means of
        their priors.
        """
        check_is_fitted(self)
        content = np.asarray(X, dtype=np.float64)
        if content.ndim != 2 or content.shape[1] != self._n_features_out:
            raise MmcoreError(
                f"X has the shape {content.shape}, expected (N, {self._n_features_out}), an embedding"
                " that transform returns"
            )
        return self._written(self._predictor.decode(content))

    def sample(self, n_samples: int = 1, *, random_state: Any = None) -> Any:
        """Return draws from the model, with the form of the training data.

        Arguments:
            n_samples: number of rows.
            random_state: seed or generator; None: that of the estimator.
        """
        check_is_fitted(self)
        state = self.random_state if random_state is None else random_state
        return self._written(self._predictor.sample(n_samples, seed_of(state)))

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the log-likelihood of the values of each row, (N,) in nats, by importance sampling.

        A row without any value has 0. The estimate of a row does not depend on the other rows.
        """
        _, tables = self._new(X)
        return self._predictor.log_p(tables, self.samples)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of `score_samples`: the log-likelihood per row; larger is better."""
        return float(self.score_samples(X).mean())

    # -- scikit-learn ------------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
