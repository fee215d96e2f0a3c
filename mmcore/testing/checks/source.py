"""Checks of a source of batches."""

import random

import numpy as np
import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import Source
from mmcore.noise import Noise
from mmcore.testing.check import Check, require
from mmcore.testing.checks.cases import SourceCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tools import sent
from mmcore.testing.kit import Kit

__all__ = ["SOURCE"]

ROWS = 7
MOST = 2000
"""Number of samples among which one without any modality is searched."""


def has_samples(case: SourceCase) -> None:
    """It has samples, and every batch has one row for each index."""
    source = case.make()
    require(len(source) > 0, "it has no samples")
    for rows in (1, ROWS):
        batch = source.fetch(_indices(source, rows), Noise(rows))
        sizes = {name: len(value) for name, value in batch.values.items()}
        require(set(sizes.values()) == {rows}, f"{rows} indices give rows {sizes}")


def fetch_is_pure(case: SourceCase) -> None:
    """A batch depends on the indices and the noise alone, in every instance and at any global seed."""
    one = _fetched(case.make(), seed=1)
    _require_equal(one, _fetched(case.make(), seed=2), "equal indices and noise give another batch")


def rows_apart(case: SourceCase) -> None:
    """A sample does not depend on the other samples of the batch."""
    source = case.make()
    first = torch.zeros(ROWS, dtype=torch.long)
    mixed = torch.full((ROWS,), len(source) - 1)
    mixed[0] = 0
    one, other = _fetched(source, first), _fetched(source, mixed)
    _require_equal(_row(one), _row(other), "a sample depends on the samples beside it")


def masks(case: SourceCase) -> None:
    """Each modality has a mask, (B,) bool, which is true in every row if `complete` names it."""
    source = case.make()
    batch = source.fetch(_indices(source, ROWS), Noise(ROWS))
    named, masked = set(batch.values), set(batch.present)
    require(named == masked, f"values of {sorted(named)} have masks of {sorted(masked)}")
    for name, mask in batch.present.items():
        message = f"the mask of {name} is {mask.dtype} of shape {tuple(mask.shape)}"
        require(mask.dtype == torch.bool and mask.shape == (ROWS,), message)
    for name in batch.complete:
        require(batch.present[name].all(), f"{name} is declared complete and lacks rows")


def at_least_one_modality(case: SourceCase) -> None:
    """Every sample has at least one modality."""
    source = case.make()
    count = min(len(source), MOST)
    batch = source.fetch(torch.arange(count), Noise(count))
    anything = torch.stack(list(batch.present.values())).any(0)
    require(anything.all(), f"sample {int((~anything).long().argmax())} has no modality at all")


def present_is_finite(case: SourceCase) -> None:
    """Where the mask is true the value is finite."""
    source = case.make()
    count = min(len(source), MOST)
    batch = source.fetch(torch.arange(count), Noise(count))
    for name, value in batch.values.items():
        require(value[batch.present[name]].isfinite().all(), f"a present {name} is not finite")


def labels(case: SourceCase) -> None:
    """Labels, if there are any, are (B,) classes or (B, L) attributes."""
    source = case.make()
    labels = source.fetch(_indices(source, ROWS), Noise(ROWS)).labels
    if labels is not None:
        message = f"{ROWS} rows have labels of shape {tuple(labels.shape)}"
        require(labels.dim() in (1, 2) and len(labels) == ROWS, message)


def sent_to_worker(case: SourceCase) -> None:
    """It can be sent to another process, where it fetches the same batches."""
    source = case.make()
    wanted = _fetched(source)
    _require_equal(_fetched(sent(source)), wanted, "another process fetches another batch")


def on_a_device(case: SourceCase) -> None:
    """With values on a device it fetches the same batches, and its masks stay on the CPU."""
    source = case.make()
    wanted = _fetched(source)
    _require_equal(_fetched(source.on(torch.device("cpu"))), wanted, "values on a device differ")
    # Values of the device "meta" cannot be read by the host.
    remote = _fetched(source.on(torch.device("meta")))
    for name, value in remote.values.items():
        message = f"{name} has the shape {tuple(value.shape)} on a device"
        require(value.shape == wanted.values[name].shape, message)
        require(remote.present[name].is_cpu, f"the mask of {name} is not on the CPU")


SOURCE = Kit(
    "source",
    SourceCase,
    SourceCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                has_samples,
                fetch_is_pure,
                rows_apart,
                masks,
                at_least_one_modality,
                present_is_finite,
                labels,
                sent_to_worker,
                on_a_device,
            ),
        ),
    ),
)


def _indices(source: Source, rows: int) -> Tensor:
    return torch.arange(rows) % len(source)


def _fetched(source: Source, indices: Tensor | None = None, *, seed: int = 0) -> Batch:
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    chosen = _indices(source, ROWS) if indices is None else indices
    return source.fetch(chosen, Noise(ROWS))


def _row(batch: Batch) -> Batch:
    values = {name: value[:1] for name, value in batch.values.items()}
    return Batch(values, {name: mask[:1] for name, mask in batch.present.items()})


def _require_equal(one: Batch, other: Batch, message: str) -> None:
    require(one.values.keys() == other.values.keys(), f"{message}: other modalities")
    for name, mask in one.present.items():
        require(torch.equal(mask, other.present[name]), f"{message}: the mask of {name} differs")
        mine, theirs = one.values[name][mask], other.values[name][mask]
        require(torch.equal(mine, theirs), f"{message}: {name} differs")
