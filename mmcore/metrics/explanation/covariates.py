"""Rank correlations of the content with covariates, with correction for their number."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from pydantic import BaseModel

from mmcore.batch import UNKNOWN
from mmcore.data import Samples
from mmcore.errors import MmcoreError
from mmcore.inference.representation.batches import encoded_batches
from mmcore.metrics.base import Figure, Measured, Metric, Subject
from mmcore.metrics.explanation.association import (
    FALSE_DISCOVERIES,
    Association,
    adjusted,
    association,
)
from mmcore.metrics.explanation.variance import dimension_name
from mmcore.metrics.figures.plots import heat_map
from mmcore.noise import derived_seed
from mmcore.reporting.record import Column, FigureRecord, Table

__all__ = ["CovariatesMetric"]

CHUNK = 1000
MOST_WORDS = 20
LABEL = "label"
Associations = dict[tuple[str, str], Association | None]


class CovariatesMetric(Metric[BaseModel]):
    """Rank correlations of each dimension of the content with each covariate and the label."""

    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table of correlations and a table of adjusted p-values."""
        if not subject.data.readers:
            raise MmcoreError("only a study has covariates; its file names them under 'covariates'")
        content, columns = _content_and_columns(subject)
        if columns.empty:
            raise MmcoreError(
                "the study has neither covariates nor labels; its file names them under 'covariates'"
            )
        wordy = [n for n, own in columns.items() if _is_categorical(own)]
        columns = columns.drop(columns=wordy)
        associations: Associations = {
            (dimension_name(d), str(name)): association(content[:, d], column)
            for d in range(content.shape[1])
            for name, column in columns.items()
        }
        names = [
            n
            for n in map(str, columns)
            if any(associations[key] for key in associations if key[1] == n)
        ]
        left_out = [
            *(
                f"{name} has more than {MOST_WORDS} different words, and is not compared"
                for name in wordy
            ),
            *(f"{n} is not compared: it is constant or missing" for n in columns if n not in names),
        ]
        return _measured(associations, names, left_out)


def _is_categorical(column: pd.Series) -> bool:
    return column.dtype.kind not in "fiu" and column.nunique() > MOST_WORDS


def _content_and_columns(subject: Subject) -> tuple[np.ndarray, pd.DataFrame]:
    """Return posterior means of samples of both splits, (N, D), and their covariates and labels."""
    parts = [_of_split(subject, samples) for samples in (subject.data.train, subject.data.test)]
    content = np.concatenate([means for means, _ in parts])
    return content, pd.concat([columns for _, columns in parts], ignore_index=True)


def _of_split(subject: Subject, samples: Samples) -> tuple[np.ndarray, pd.DataFrame]:
    seed = subject.settings.seed
    generator = torch.Generator().manual_seed(derived_seed("covariates", seed))
    indices = torch.randperm(len(samples), generator=generator)[: subject.settings.rows]
    batches = encoded_batches(subject.model, samples, indices, CHUNK, seed)
    means = [subject.model.inference(batch.encoding).mean.detach().cpu() for batch in batches]
    columns = pd.DataFrame(index=range(len(indices)))
    if samples.annotations is not None:
        covariates = samples.annotations.covariates.iloc[indices.numpy()]
        columns = columns.join(covariates.reset_index(drop=True))
    if samples.labels is not None and samples.labels.dim() == 1:
        words = dict(enumerate(subject.data.classes)) | {UNKNOWN: None}
        codes = pd.Series(samples.labels[indices].tolist())
        name = LABEL if LABEL not in columns else f"({LABEL})"
        columns[name] = codes.map(lambda code: words.get(code, str(code))).astype(object)
    return torch.cat(means).double().numpy(), columns


def _measured(associations: Associations, names: list[str], left_out: list[str]) -> Measured:
    if not names:
        raise MmcoreError("; ".join(left_out))
    compared = {key: one for key, one in associations.items() if key[1] in names}
    p = adjusted(compared)
    dimensions = list(dict.fromkeys(dimension for dimension, _ in associations))
    sizes = _rows({key: one.size for key, one in compared.items() if one}, dimensions, names)
    counts = {
        d: tuple(None if (one := compared[d, n]) is None else one.rows for n in names)
        for d in dimensions
    }
    common = {
        "topic": "factors",
        "row_label": "dimension",
        "columns": tuple(Column(name=name) for name in names),
        "n": counts,
    }
    table = Table(name="covariates", about=ABOUT, rows=sizes, **common)
    values = Table(
        name="covariates, adjusted p", about=ABOUT_P, rows=_rows(p, dimensions, names), **common
    )
    marked = {d: [p.get((d, n), 1.0) < FALSE_DISCOVERIES for n in names] for d in dimensions}
    signed = [
        any(one.has_sign for (_, o), one in compared.items() if one and o == n) for n in names
    ]
    drawing = heat_map(table, "rank correlation", signed=signed, marked=marked)
    return Measured([table, values], left_out, [Figure(_RECORD, drawing)])


def _rows(
    numbers: Mapping[tuple[str, str], float], dimensions: list[str], names: list[str]
) -> dict[str, tuple[float | None, ...]]:
    return {d: tuple(numbers.get((d, n)) for n in names) for d in dimensions}


ABOUT = (
    "Rank correlation of the posterior mean of each dimension of the content, given all modalities of a"
    " sample, with covariates, which the model has not seen: that of Spearman for numbers, and for categories"
    " the square root of H / (n - 1) of Kruskal and Wallis, which has no sign. Training and held-out"
    " samples count alike."
)
ABOUT_P = (
    "The p-values of these correlations, adjusted by Benjamini and Hochberg for the number of all of them:"
    f" of those below {FALSE_DISCOVERIES}, a share of {FALSE_DISCOVERIES} is expected to be false."
)
_RECORD = FigureRecord(
    name="covariates",
    topic="factors",
    title="Correlation of the content with covariates",
    about="The numbers of the table 'covariates'; a star marks an adjusted p-value below"
    f" {FALSE_DISCOVERIES}. Correlations with categories have no sign.",
    alt="A grid of shaded numbers, a row for each dimension of the content and a column for each covariate.",
)
