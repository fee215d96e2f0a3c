"""Rows whose hidden values are to be predicted, and parts of the rows that are held out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.encoding import Encoding
from mmcore.factors import Factors, ridge_factors
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = [
    "LEAST_ROWS",
    "Kind",
    "MaskedRows",
    "masked_rows",
    "merged_by_given",
    "samples",
    "splits",
]

FOLDS = 5
LEAST_ROWS, MOST_ROWS, MOST_NUMBERS = 10, 1000, 1 << 22
PARTS = 4
"""Single cells are hidden in this number of parts, one part at a time."""

Kind = Literal["whole", "cells"]


@dataclass(frozen=True, slots=True)
class MaskedRows:
    """Rows of which some values are hidden.

    Arguments:
        kind: whole modalities, or cells.
        names: modalities of which values are given.
        given: the rows, without the hidden values.
        hidden: these values by modality, (B, *E), NaN elsewhere.
    """

    kind: Kind
    names: tuple[str, ...]
    given: Encoding
    hidden: Mapping[str, Tensor]

    def select(self, rows: Tensor) -> "MaskedRows":
        """Return the rows that a mask selects."""
        hidden = {n: x[rows] for n, x in self.hidden.items()}
        return replace(self, given=self.given.select(rows), hidden=hidden)


def samples(model: Model, source: Source, sizes: Mapping[str, int], seed: int) -> Batch:
    """Return random samples, at most 1,000 and fewer of wide tables.

    Arguments:
        model: whose device the samples are copied to.
        source: the samples.
        sizes: number of features of each modality.
        seed: which samples.
    """
    rows = min(len(source), MOST_ROWS, max(LEAST_ROWS, MOST_NUMBERS // sum(sizes.values())))
    noise = Noise(len(source), seed).at("regression")
    indices = noise.uniform("rows").argsort()[:rows].sort().values
    return source.fetch(indices, noise.resized(rows)).to(model.device)


def splits(features: Sequence[Tensor]) -> Iterator[tuple[list[Tensor], Factors]]:
    """Yield masks of five parts of the rows, one mask for each table, and the ridge fit of the other parts.

    Arguments:
        features: tables of the same features, see `mmcore.regression.features_of`.
    """
    for fold in range(FOLDS):
        outs = [torch.arange(len(x), device=x.device) % FOLDS == fold for x in features]
        kept = torch.cat([x[~out] for x, out in zip(features, outs, strict=True)])
        yield outs, ridge_factors(kept)


def masked_rows(model: Model, batch: Batch, sizes: Mapping[str, int]) -> Iterator[MaskedRows]:
    """Yield rows without each modality, given each other one and all others, and without parts of cells.

    Arguments:
        model: the modalities.
        batch: the rows.
        sizes: the modalities that are hidden, with the number of their features.
    """
    encoding = model.codec.encode(batch)
    for name in sizes:
        others = [other for other in model.names if other != name]
        for given in [*([other] for other in others if len(others) > 1), others]:
            yield _without(encoding, name, given)
    for part in range(PARTS):
        yield _without_part(model, batch, encoding, sizes, part)


def merged_by_given(every: Iterable[MaskedRows]) -> list[MaskedRows]:
    """Merge the rows with the same given modalities, so that their scores are computed once."""
    merged: dict[tuple[str, ...], MaskedRows] = {}
    cells = []
    for masked in every:
        if masked.kind == "cells":
            cells.append(masked)
            continue
        known = merged.setdefault(masked.names, masked)
        merged[masked.names] = replace(known, hidden={**known.hidden, **masked.hidden})
    return [*merged.values(), *cells]


def _without(encoding: Encoding, name: str, given: Sequence[str]) -> MaskedRows:
    seen = encoding.restrict(given)
    absent = ~(encoding.has((name,)) & seen.present.any(0))
    truth = encoding.values[name].masked_fill(_like(absent, encoding.values[name]), torch.nan)
    return MaskedRows("whole", tuple(given), seen, {name: truth})


def _without_part(
    model: Model, batch: Batch, encoding: Encoding, sizes: Mapping[str, int], part: int
) -> MaskedRows:
    values, hidden = dict(batch.values), {}
    for name in sizes:
        truth = encoding.values[name]
        kept = torch.arange(truth[0].numel(), device=truth.device) % PARTS != part
        kept = kept.reshape(truth.shape[1:])
        values[name] = batch.values[name].masked_fill(~kept, torch.nan)
        absent = _like(~encoding.has((name,)), truth)
        hidden[name] = truth.masked_fill(kept | absent, torch.nan)
    given = model.codec.encode(replace(batch, values=values))
    return MaskedRows("cells", tuple(sizes), given, hidden)


def _like(rows: Tensor, x: Tensor) -> Tensor:
    return rows.reshape(-1, *[1] * (x.dim() - 1))
