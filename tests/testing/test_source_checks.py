"""Each check of a source is seen failing: one that keeps every promise, and rigged ones."""

from dataclasses import replace

import pytest
import torch

from mmcore.data import Dropped, Paired, Source, pair_by_label
from mmcore.noise import Noise
from mmcore.testing import check_source, kit_of
from mmcore.testing.checks.cases import SourceCase
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.running import run
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


class ByNeighbours(Fine):
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


RIGGED = {
    "has-samples": AtLeastTwo,
    "fetch-is-pure": ByChance,
    "rows-apart": ByNeighbours,
    "masks": CallsHolesComplete,
    "never-nothing": OneHasNothing,
    "present-is-finite": OneIsNotANumber,
    "labels": LabelsOfLabels,
    "sent-to-worker": HoldsAFunction,
}
CHECKS = kit_of("source").checks


def test_one_that_keeps_every_promise_passes_every_check():
    assert len(check_source(Fine).having("passed")) == len(RIGGED)


@pytest.mark.parametrize("name", RIGGED)
def test_one_that_breaks_one_promise_fails_that_check_alone(name):
    report = run("source", name, CHECKS, lambda: SourceCase(RIGGED[name]))
    assert [outcome.check for outcome in report.having("failed")] == [name], report.text()


def test_every_check_has_been_seen_failing():
    planned = {check.name for check in CHECKS}
    assert planned == {check.name for check in COMPONENT_CHECKS} | RIGGED.keys()
