"""Each check of a data set is seen failing: one that keeps every promise, and planted faults."""

import random

import numpy as np
import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught

from mmcore.data import FilesMissing, TensorView, View
from mmcore.testing import LinearGaussian, LinearGaussianSettings, check_dataset
from mmcore.testing.checks.cases import DatasetCase, ModalityCase
from mmcore.testing.vectors import VectorData


class Changed(View):
    """A view, the values of which a subclass changes."""

    def __init__(self, view):
        self.view = view

    def __len__(self):
        return len(self.view)

    @property
    def labels(self):
        return self.view.labels

    def fetch(self, indices, noise):
        return self.view.fetch(indices, noise) + self.by(indices)

    def by(self, indices):
        return 0.0


class ChangedByChance(Changed):
    def by(self, indices):
        return torch.randn(())


class ChangedByNeighbors(Changed):
    def by(self, indices):
        return indices.float().mean()


class ChangedByAFunction(Changed):
    def __init__(self, view):
        super().__init__(view)
        self.by = lambda indices: 0.0


class FloatLabels(Changed):
    @property
    def labels(self):
        return self.view.labels.float()


class Counts(Changed):
    times = 0

    def __init__(self, view):
        super().__init__(view)
        Counts.times += 1
        self.time = Counts.times

    def by(self, indices):
        return self.time


def data_of(kind):
    class Faulty(VectorData):
        def sample(self, split):
            return kind(super().sample(split))

    Faulty.__name__ = kind.__name__
    return Faulty


class FileNotFound(VectorData):
    def load(self, root, split):
        try:
            return super().load(root, split)
        except FilesMissing as missing:
            raise FileNotFoundError(str(missing)) from missing


class ChangedByPython(Changed):
    def by(self, indices):
        return random.random()


class ChangedByNumpy(Changed):
    def by(self, indices):
        return np.random.rand()


class ChangedByTheFirst(Changed):
    def by(self, indices):
        return indices[-1].float()


class ChangedByCalls(Changed):
    calls = 0

    def by(self, indices):
        self.calls += 1
        return self.calls


class HoldsALambda(Changed):
    def __init__(self, view):
        super().__init__(view)
        self.function = lambda x: x


class HoldsAGenerator(Changed):
    def __init__(self, view):
        super().__init__(view)
        self.numbers = (number for number in range(3))


class LabelsOfLabels(Changed):
    @property
    def labels(self):
        return self.view.labels.reshape(-1, 1, 1)


class OneLabelTooFew(Changed):
    @property
    def labels(self):
        return self.view.labels[:-1]


class NoLabels(Changed):
    @property
    def labels(self):
        return torch.tensor(0)


class OtherLabels(Counts):
    def by(self, indices):
        return 0.0

    @property
    def labels(self):
        return self.view.labels + self.time


class Grows(Counts):
    def by(self, indices):
        return 0.0

    def __len__(self):
        return len(self.view) - self.time % 7

    @property
    def labels(self):
        return self.view.labels[: len(self)]


class Training(VectorData):
    """The training sample is what a subclass says."""

    def sample(self, split):
        view = super().sample(split)
        return self.training(view) if split == "train" else view


class NothingToTrainOn(Training):
    def training(self, view):
        return TensorView(torch.zeros(0, 6), torch.zeros(0, dtype=torch.long))


class OtherShapeToTrainOn(Training):
    def training(self, view):
        return TensorView(torch.zeros(20, 7), torch.zeros(20, dtype=torch.long))


class OtherTypeToTrainOn(Training):
    def training(self, view):
        return TensorView(torch.zeros(20, 6, dtype=torch.uint8), torch.zeros(20, dtype=torch.long))


class FloatLabelsToTrainOn(Training):
    def training(self, view):
        return TensorView(torch.zeros(20, 6), torch.zeros(20))


class NamesNoFile(VectorData):
    def load(self, root, split):
        raise FilesMissing([])


class ReturnsTheSample(VectorData):
    def load(self, root, split):
        raise KeyError(split)


FAULTS = [
    (data_of(Counts), "sample-repeats"),
    (data_of(OtherLabels), "sample-repeats"),
    (data_of(Grows), "sample-repeats", ...),
    (data_of(FloatLabels), "sample-has-labels", "training-sample"),
    (data_of(LabelsOfLabels), "sample-has-labels", "training-sample"),
    (data_of(OneLabelTooFew), "sample-has-labels", "training-sample"),
    (data_of(NoLabels), "sample-has-labels", "training-sample"),
    (NothingToTrainOn, "training-sample"),
    (OtherShapeToTrainOn, "training-sample"),
    (OtherTypeToTrainOn, "training-sample"),
    (FloatLabelsToTrainOn, "training-sample"),
    (data_of(ChangedByChance), "fetch-is-pure"),
    (data_of(ChangedByPython), "fetch-is-pure"),
    (data_of(ChangedByNumpy), "fetch-is-pure"),
    (data_of(ChangedByCalls), "fetch-is-pure", ...),
    (data_of(ChangedByNeighbors), "fetch-keeps-rows-apart"),
    (data_of(ChangedByTheFirst), "fetch-keeps-rows-apart"),
    (FileNotFound, "missing-files"),
    (NamesNoFile, "missing-files"),
    (ReturnsTheSample, "missing-files"),
    (data_of(ChangedByAFunction), "view-sent-to-worker"),
    (data_of(HoldsALambda), "view-sent-to-worker"),
    (data_of(HoldsAGenerator), "view-sent-to-worker"),
]


def test_a_data_set_that_keeps_every_promise_passes_every_check():
    assert check_dataset(VectorData).ok


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("dataset", DatasetCase(fault), checks), checks)


def test_a_modality_is_checked_with_its_data_set():
    case = ModalityCase(vectors, DatasetCase(data_of(ChangedByChance)))
    require_caught(report_of("modality", case), {"fetch-is-pure", ...})


def vectors(context):
    return LinearGaussian(LinearGaussianSettings(features=8), context)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("dataset")
