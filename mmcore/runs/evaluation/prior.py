"""Fitting the generation prior of a finished run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmcore.data import split_off
from mmcore.errors import MmcoreError
from mmcore.fitted import CONDITIONAL_PRIOR, GENERATION_PRIOR
from mmcore.inference.representation.conditional_prior import fit_conditional_prior
from mmcore.inference.representation.generation_prior import MOST_ROWS, fit_generation_prior
from mmcore.plugins import Catalogue
from mmcore.posteriors.conditional import FittedConditional, write_conditional_prior
from mmcore.priors.description import discard_damaged
from mmcore.priors.generation import GenerationPrior, write_generation_prior
from mmcore.runs.folder.lock import locked
from mmcore.runs.run import Run

__all__ = ["fit_prior"]


def fit_prior(
    path: Path,
    kind: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    conditional: bool = False,
    styles: bool = True,
    rows: int | None = None,
    seed: int | None = None,
    data_dir: Path | None = None,
    allow_outside: bool = False,
    accept_changed_data: bool = False,
    catalogue: Catalogue | None = None,
) -> GenerationPrior | FittedConditional | None:
    """Fit a prior to the training samples of a run, and write it in place of an earlier one.

    Arguments:
        path: folder of a finished run.
        kind: name of the prior; default: ``mixture``, and ``diffusion`` for a conditional one; ``standard``
            removes the one that the run has.
        options: options of that prior.
        conditional: whether it is the conditional prior, which is given other modalities, and not the
            generation prior.
        styles: whether the conditional prior has a density of the styles, too.
        rows: largest number of training samples; default: 10,000.
        seed: of the fit; default: that of the run.
        data_dir: folder of real data; default: that of the run.
        allow_outside: whether a study that sets ``allow_outside`` may read files outside of its folder.
        accept_changed_data: whether to continue where the data has changed since the training.
        catalogue: where components are found; the installed plug-ins if left out.

    Raises:
        MmcoreError: the run is not finished or in use, or a name or a value is not valid.
    """
    if rows is not None and rows < 1:
        raise MmcoreError(f"--rows is {rows}, expected a number of training samples of at least 1")
    if not (styles or conditional):
        raise MmcoreError("--no-styles is an option of a conditional prior; add --conditional")
    catalogue = catalogue or Catalogue.discover()
    kind = kind or ("diffusion" if conditional else "mixture")
    catalogue.settings("prior", kind, options or {})
    run = Run.open(path, catalogue, allow_outside=allow_outside)
    with locked(path):
        discard_damaged(run.files.model, CONDITIONAL_PRIOR if conditional else GENERATION_PRIOR)
        config = run.config
        data = run.data(data_dir, accept_changed_data=accept_changed_data)
        source = replace(data, drop=config.data.drop).training_source
        if config.training.validation is not None:
            source, _ = split_off(source, config.training.validation.share, config.seed)
        count, seed = rows or MOST_ROWS, config.seed if seed is None else seed
        if conditional:
            own = fit_conditional_prior(
                run.model, source, kind, options, styles=styles, rows=count, seed=seed
            )
            write_conditional_prior(run.files.model, own)
            return own
        fitted = fit_generation_prior(run.model, source, kind, options, rows=count, seed=seed)
        write_generation_prior(run.files.model, fitted)
        return fitted
