"""Checks of a data set, the data of one modality."""

import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmcore.data import Dataset, FilesMissing, View
from mmcore.noise import Noise
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.cases import DatasetCase, dataset_case
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.tools import sent
from mmcore.testing.kit import Kit

__all__ = ["DATASET", "DATASET_CHECKS"]

ROWS = 7


def sample_repeats(case: DatasetCase) -> None:
    """The sample is the same every time, in labels and in values."""
    one, other = _view(case), _dataset(case).sample("test")
    require(len(one) == len(other), f"the sample has {len(one)} items, then {len(other)}")
    require(torch.equal(one.labels, other.labels), "its labels differ from time to time")
    require(torch.equal(_fetched(one), _fetched(other)), "its values differ from time to time")


def sample_has_labels(case: DatasetCase) -> None:
    """The test sample has items, and each a whole number, or a row of them, as label."""
    _require_labels(_view(case))


def training_sample(case: DatasetCase) -> None:
    """The training sample has items with labels too, and the values of an item of the test sample."""
    train = _dataset(case).sample("train")
    _require_labels(train)
    one, other = _fetched(train), _fetched(_view(case))
    shapes = f"{tuple(one.shape)} {one.dtype} and {tuple(other.shape)} {other.dtype}"
    require((one.shape, one.dtype) == (other.shape, other.dtype), f"the samples have {shapes}")


def fetch_is_pure(case: DatasetCase) -> None:
    """`fetch` depends on the indices and the noise alone, not on a global seed."""
    one, other = _fetched(_view(case), seed=1), _fetched(_view(case), seed=2)
    require(torch.equal(one, other), "equal indices and noise give other values")


def fetch_keeps_rows_apart(case: DatasetCase) -> None:
    """An item does not depend on the other items that are fetched with it."""
    view = _view(case)
    first, last = torch.zeros(ROWS, dtype=torch.long), torch.full((ROWS,), len(view) - 1)
    last[0] = 0
    _seed_all(0)
    one = view.fetch(first, Noise(ROWS))
    _seed_all(0)
    other = view.fetch(last, Noise(ROWS))
    require(torch.equal(one[0], other[0]), "an item depends on the items beside it")


def missing_files(case: DatasetCase) -> None:
    """In an empty folder `load` raises `FilesMissing` with the paths of the files."""
    dataset = _dataset(case)
    with tempfile.TemporaryDirectory() as folder:
        try:
            dataset.load(Path(folder), "train")
        except FilesMissing as missing:
            require(bool(missing.files), "FilesMissing names no file")
            return
        except Exception as error:
            require(False, f"{type(error).__name__}, not FilesMissing, in an empty folder: {error}")
    raise NotApplicable("its real data needs no file")


def view_sent_to_worker(case: DatasetCase) -> None:
    """A view can be sent to another process, where it fetches the same items."""
    view = _view(case)
    wanted = _fetched(view)
    require(torch.equal(_fetched(sent(view)), wanted), "another process fetches other values")


DATASET_CHECKS = tuple(
    Check.of(function, slow=function is training_sample)
    for function in (
        sample_repeats,
        sample_has_labels,
        training_sample,
        fetch_is_pure,
        fetch_keeps_rows_apart,
        missing_files,
        view_sent_to_worker,
    )
)
DATASET = Kit("dataset", DatasetCase, dataset_case, (*COMPONENT_CHECKS, *DATASET_CHECKS))


def _require_labels(view: View) -> None:
    require(len(view) > 0, "the sample is empty")
    shape = tuple(view.labels.shape)
    labeled = len(shape) in (1, 2) and shape[0] == len(view)
    require(labeled, f"{len(view)} items have labels of shape {shape}")
    require(not view.labels.is_floating_point(), f"labels are {view.labels.dtype}")


def _dataset(case: DatasetCase) -> Dataset:
    if case.make is None:
        raise NotApplicable("it has no data set of its own")
    return case.make()


def _view(case: DatasetCase) -> View:
    if case.view is None:
        raise NotApplicable("it has no data set of its own")
    return case.view


def _fetched(view: View, seed: int = 0) -> Tensor:
    _seed_all(seed)
    return view.fetch(torch.arange(ROWS) % len(view), Noise(ROWS))


def _seed_all(seed: int) -> None:
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
