"""Batches that are read ahead are those of their steps."""

import pytest
import torch
from torch import nn

from mmcore.batch import Batch
from mmcore.data import SampleOrder, Source
from mmcore.training.loop import _batches
from mmcore.training.step import TrainStep

STEPS, ROWS = 11, 3


class Drawn(Source):
    """Samples that say which they are, beside a number that is drawn whenever they are read."""

    def __len__(self):
        return 10

    def fetch(self, indices, noise):
        return Batch.of({"which": indices, "drawn": noise.uniform("number")})


@pytest.mark.parametrize("start", [0, 1, 5, 10, 11])
def test_order_and_noise_are_those_of_the_step_wherever_reading_starts(start):
    source, order = Drawn(), SampleOrder(10, ROWS, seed=0)
    step = TrainStep(nn.Identity(), steps=STEPS, rows=ROWS, seed=0)
    batches = [only for (only,) in _batches(step, source, order, range(start, STEPS), 1)]
    assert len(batches) == STEPS - start
    for number, batch in enumerate(batches, start):
        wanted = source.fetch(
            order.step(number), step.noise(number, torch.device("cpu")).at("data")
        )
        assert all(torch.equal(batch.values[name], x) for name, x in wanted.values.items())


class HalfMissing(Drawn):
    """Samples of which every second one lacks a modality."""

    def fetch(self, indices, noise):
        values = {"which": indices, "half": indices.float().unsqueeze(1)}
        return Batch.of(values, {"half": indices % 2 == 0})


def test_each_micro_batch_has_the_indices_of_the_rows_of_a_modality():
    step = TrainStep(nn.Identity(), steps=1, rows=10, seed=0)
    (parts,) = _batches(step, HalfMissing(), SampleOrder(10, 10, seed=0), range(1), 2)
    for part in parts:
        wanted = part.present["half"].nonzero().squeeze(1)
        assert len(wanted) < 2 or torch.equal(part.indices["half"], wanted)
    assert sum(len(part.present["half"]) for part in parts) == 10
