"""Values that stay on a device: the same batches, and nothing that waits for the device."""

import pandas as pd
import pytest
import torch
from support.runs import config, same, weights, without_summary

from mmcore import Noise
from mmcore.data import Dropped, Paired, Subset, TensorView
from mmcore.data.data import Samples
from mmcore.data.tables.outer_join import OuterJoin
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.testing.checks.source import on_a_device
from mmcore.training.residence import resident

CPU, META, CUDA = map(torch.device, ("cpu", "meta", "cuda"))


def paired():
    """Return samples of two views, one of pictures."""
    labels = torch.arange(6) % 2
    views = {
        "picture": TensorView(torch.arange(6 * 12).reshape(6, 3, 2, 2).to(torch.uint8), labels),
        "row": TensorView(torch.randn(6, 5, generator=torch.Generator().manual_seed(0)), labels),
    }
    return Samples(Paired(views, torch.tensor([[5, 0], [1, 1], [2, 4]])))


def joined():
    """Return records of two tables, of which one lacks a record."""
    values = {"a": torch.randn(2, 3), "b": torch.randn(1, 5)}
    return OuterJoin(
        pd.Index(["p", "q"]), values, {"a": pd.Index(["p", "q"]), "b": pd.Index(["q"])}
    )


SOURCES = {
    "paired": paired,
    "joined": joined,
    "subset": lambda: Subset(paired(), torch.tensor([2, 0])),
    "dropped": lambda: Dropped(paired(), 0.5, 2, seed=0),
}


class Case:
    def __init__(self, source):
        self.source = source

    def make(self):
        return self.source


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_values_on_a_device_are_the_same_and_are_not_read_by_the_host(source):
    source = source()
    on_a_device(Case(source))
    batch = source.on(META).fetch(torch.tensor([0, 1]), Noise(2)).checked()
    assert all(value.is_meta for value in batch.values.values())
    (part,) = [part.indexed() for part in batch.split(2)][:1]
    assert len(part) == 1


def test_a_training_from_a_device_gives_the_same_weights(tmp_path, vectors, monkeypatch):
    with without_summary():
        run(config(), RunFolder(tmp_path / "one"), catalogue=vectors)
        fetched = []
        monkeypatch.setattr(
            "mmcore.runs.training.setup.resident",
            lambda source, device: fetched.append(device) or source.on(device),
        )
        run(config(), RunFolder(tmp_path / "other"), catalogue=vectors)
    assert fetched == [CPU]
    assert same(weights(tmp_path / "one"), weights(tmp_path / "other"))


def test_the_size_is_that_of_all_values():
    assert paired().nbytes == 6 * 12 + 6 * 5 * 4
    assert joined().nbytes == (2 * 3 + 5) * 4


def test_values_stay_where_they_are_unless_they_fit(monkeypatch):
    source = paired()
    moves = []
    monkeypatch.setattr(Samples, "on", lambda self, device: moves.append(device) or self)
    assert resident(source, CPU) is source
    for free in (2 * source.nbytes - 1, 2 * source.nbytes):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, free))
        resident(source, CUDA)
        assert moves == ([] if free < 2 * source.nbytes else [CUDA])
