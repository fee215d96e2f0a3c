"""Each check of a source is seen failing: one that keeps every promise, and planted faults."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught

from mmcore.data import Dropped, Paired, Source, pair_by_label
from mmcore.noise import Noise
from mmcore.testing import check_source
from mmcore.testing.checks.cases import SourceCase
from mmcore.testing.vectors import VectorData


class Fine(Source):
    """Pairs of vectors with holes, changed by what a subclass says."""

    def __init__(self):
        views = {"a": VectorData().sample("train"), "b": VectorData().sample("test")}
        table = pair_by_label([view.labels for view in views.values()], 1, seed=0)
        self.source = Dropped(Paired(views, table), 0.4, 2, seed=0)

    def __len__(self):
        return len(self.source)

    def fetch(self, indices, noise):
        return self.changed(self.source.fetch(indices, noise), indices)

    def changed(self, batch, indices):
        return batch


def moved(batch, by):
    return replace(batch, values={n: x + by for n, x in batch.values.items()})


class AtLeastTwo(Fine):
    def fetch(self, indices, noise):
        few = len(indices) == 1
        return super().fetch(indices.repeat(2) if few else indices, Noise(2) if few else noise)


class ByChance(Fine):
    def changed(self, batch, indices):
        return moved(batch, torch.rand(()))


class ByNeighbors(Fine):
    def changed(self, batch, indices):
        return moved(batch, indices.float().mean())


class CallsHolesComplete(Fine):
    def changed(self, batch, indices):
        return replace(batch, complete=frozenset(["a"]))


class OneHasNothing(Fine):
    def changed(self, batch, indices):
        present = {n: mask & (indices != 20) for n, mask in batch.present.items()}
        return replace(batch, present=present)


class OneIsNotANumber(Fine):
    def changed(self, batch, indices):
        odd = torch.where(indices == 20, float("nan"), 0.0).unsqueeze(1)
        return moved(batch, odd)


class LabelsOfLabels(Fine):
    def changed(self, batch, indices):
        return replace(batch, labels=batch.labels.reshape(-1, 1, 1))


class HoldsAFunction(Fine):
    def __init__(self):
        super().__init__()
        self.function = lambda x: x


class OneShort(Fine):
    def changed(self, batch, indices):
        return replace(batch, values={n: x[:-1] for n, x in batch.values.items()})


class ByPython(Fine):
    def changed(self, batch, indices):
        return moved(batch, random.random())


class ByNumpy(Fine):
    def changed(self, batch, indices):
        return moved(batch, np.random.rand())


class MasksByChance(Fine):
    def changed(self, batch, indices):
        present = {n: mask | (torch.rand(len(mask)) < 0.5) for n, mask in batch.present.items()}
        return replace(batch, present=present)


class OtherInEveryInstance(Fine):
    fetches = 0

    def __init__(self):
        super().__init__()
        OtherInEveryInstance.fetches += 1
        self.number = OtherInEveryInstance.fetches

    def changed(self, batch, indices):
        return moved(batch, self.number)


class ByThePlace(Fine):
    def changed(self, batch, indices):
        return moved(batch, (indices == indices[-1]).float().mean())


class MasksByNeighbors(Fine):
    def changed(self, batch, indices):
        keep = bool(indices[-1] == indices[0])
        present = {n: mask if keep else torch.ones_like(mask) for n, mask in batch.present.items()}
        return replace(batch, present=present)


class FloatMasks(Fine):
    def changed(self, batch, indices):
        return replace(batch, present={n: mask.float() for n, mask in batch.present.items()})


class TallMasks(Fine):
    def changed(self, batch, indices):
        return replace(batch, present={n: m.unsqueeze(1) for n, m in batch.present.items()})


class NoMaskOfOne(Fine):
    def changed(self, batch, indices):
        return replace(batch, present={"a": torch.ones(len(indices), dtype=torch.bool)})


class AllHaveNothing(Fine):
    def changed(self, batch, indices):
        return replace(batch, present={n: m & False for n, m in batch.present.items()})


class InfiniteValues(Fine):
    def changed(self, batch, indices):
        return moved(batch, torch.where(indices == 30, float("inf"), 0.0).unsqueeze(1))


class FewerLabels(Fine):
    def changed(self, batch, indices):
        return replace(batch, labels=batch.labels[:-1])


class OneLabel(Fine):
    def changed(self, batch, indices):
        return replace(batch, labels=batch.labels[0])


class OtherOnADevice(Fine):
    def on(self, device):
        return ByThePlace()


class RemoteMasks(Fine):
    def on(self, device):
        return self if device.type == "cpu" else MasksOnADevice()


class MasksOnADevice(Fine):
    def changed(self, batch, indices):
        return replace(batch, present={n: mask.to("meta") for n, mask in batch.present.items()})


class HoldsAGenerator(Fine):
    def __init__(self):
        super().__init__()
        self.numbers = (number for number in range(3))


FAULTS = [
    (AtLeastTwo, "has-samples"),
    (OneShort, "has-samples", ...),
    (ByChance, "fetch-is-pure"),
    (ByPython, "fetch-is-pure"),
    (ByNumpy, "fetch-is-pure"),
    (MasksByChance, "fetch-is-pure"),
    (OtherInEveryInstance, "fetch-is-pure"),
    (ByNeighbors, "rows-apart"),
    (ByThePlace, "rows-apart"),
    (MasksByNeighbors, "rows-apart"),
    (CallsHolesComplete, "masks"),
    (FloatMasks, "masks", ...),
    (TallMasks, "masks", ...),
    (NoMaskOfOne, "masks", ...),
    (OneHasNothing, "at-least-one-modality"),
    (AllHaveNothing, "at-least-one-modality"),
    (OneIsNotANumber, "present-is-finite"),
    (InfiniteValues, "present-is-finite"),
    (LabelsOfLabels, "labels"),
    (FewerLabels, "labels"),
    (OneLabel, "labels"),
    (HoldsAFunction, "sent-to-worker"),
    (HoldsAGenerator, "sent-to-worker"),
    (OtherOnADevice, "on-a-device"),
    (RemoteMasks, "on-a-device"),
]


def test_a_source_that_keeps_every_promise_passes_every_check():
    assert {outcome.check for outcome in check_source(Fine).having("passed")} == planned("source")


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("source", SourceCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("source")
