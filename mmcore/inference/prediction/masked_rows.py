"""Rows whose hidden values are to be predicted, and parts of the rows that are held out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, final

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.encoding import Encoding
from mmcore.factors import Factors, ridge_factors
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.regression import features_of

__all__ = [
    "LEAST_ROWS",
    "FittedRows",
    "Kind",
    "MaskedRows",
    "Split",
    "fitted_rows",
    "masked_rows",
    "merged_by_given",
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


@dataclass(frozen=True, slots=True)
class Split:
    """A ridge fit to four fifths of the rows.

    Arguments:
        held_out: which rows of each batch it is not fitted to, bool.
        factors: the fit.
    """

    held_out: Sequence[Tensor]
    factors: Factors


@final
@dataclass(frozen=True)
class FittedRows:
    """Samples from which a regression is fitted.

    Arguments:
        sizes: number of features of each modality that has them.
        batches: training samples, and validation samples if there are any.
        features: of the batches, (B, F) each, see `mmcore.regression.features_of`.
    """

    sizes: Mapping[str, int]
    batches: Sequence[Batch]
    features: Sequence[Tensor]

    @cached_property
    def splits(self) -> Sequence[Split]:
        """Five splits of the rows, which are used for penalties and for the noise of mixed predictions."""
        return [self._split(fold) for fold in range(FOLDS)]

    def _split(self, fold: int) -> Split:
        outs = [torch.arange(len(x), device=x.device) % FOLDS == fold for x in self.features]
        kept = [x[~out] for x, out in zip(self.features, outs, strict=True)]
        return Split(outs, ridge_factors(torch.cat(kept)))


@torch.no_grad()
def fitted_rows(model: Model, sources: Sequence[Source], seed: int) -> FittedRows | None:
    """Return random samples, at most 1,000 of each source and fewer of wide tables.

    It is None without numbers, or with too few training samples.

    Arguments:
        model: in eval mode.
        sources: training samples, and validation samples if there are any.
        seed: which samples.
    """
    sizes = _feature_sizes(model)
    if not sizes or len(sources[0]) < LEAST_ROWS:
        return None
    batches = [_samples(model, own, sizes, seed) for own in sources]
    features = [features_of(model.codec, sizes, model.codec.encode(own)) for own in batches]
    return FittedRows(sizes, batches, features)


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


def _feature_sizes(model: Model) -> dict[str, int]:
    """Return the number of linear features of each modality that has them, if any has real numbers."""
    sizes, has_numbers = {}, False
    for name, modality in model.codec.modalities.items():
        x = torch.zeros(1, *modality.event_shape, device=model.device)
        features = modality.linear_features(x)
        values = None if features is None else modality.linear_values(features)
        if features is not None and values is not None:
            sizes[name] = features.shape[1]
            has_numbers = has_numbers or not bool(values.isnan().all())
    return sizes if has_numbers else {}


def _samples(model: Model, source: Source, sizes: Mapping[str, int], seed: int) -> Batch:
    rows = min(len(source), MOST_ROWS, max(LEAST_ROWS, MOST_NUMBERS // sum(sizes.values())))
    noise = Noise(len(source), seed).at("regression")
    indices = noise.uniform("rows").argsort()[:rows].sort().values
    return source.fetch(indices, noise.resized(rows)).to(model.device)


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
