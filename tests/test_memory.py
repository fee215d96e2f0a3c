"""Models and batches that do not fit into memory."""

from time import perf_counter

import pytest
import torch
from torch import nn

from mmcore import Model
from mmcore.config import ModelConfig
from mmcore.errors import MmcoreError
from mmcore.memory import check_batch, group_limits, limited_memory, memory

SIZES = {
    "content": ({"content_dim": 1_000_000, "style_dim": 1_000_000}, {}),
    "a layer": ({}, {"hidden": 10**12}),
    "beyond 64 bits": ({}, {"hidden": 10**23}),
}


@pytest.fixture(autouse=True)
def four_gigabytes(monkeypatch):
    monkeypatch.setattr("mmcore.memory.memory", lambda: 4 << 30)


@pytest.mark.parametrize(("fields", "settings"), SIZES.values(), ids=SIZES)
def test_a_model_that_does_not_fit_is_one_sentence_at_once(fields, settings):
    document = {**fields, "modalities": {"mnist": {"kind": "mnist", "settings": settings}}}
    start = perf_counter()
    with pytest.raises(MmcoreError, match="memory"):
        Model.from_config(ModelConfig.model_validate(document))
    assert perf_counter() - start < 10


def test_too_many_layers_are_refused(monkeypatch):
    monkeypatch.setattr("mmcore.memory.MOST_TENSORS", 100)
    with pytest.raises(MmcoreError, match="100 tensors"), limited_memory():
        nn.Sequential(*(nn.Linear(1, 1) for _ in range(100)))


def test_other_errors_stay_and_the_limit_ends_with_the_block(monkeypatch):
    with pytest.raises(RuntimeError, match="shapes"), limited_memory():
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    monkeypatch.setattr("mmcore.memory.memory", lambda: 0)
    with limited_memory():
        pass
    nn.Linear(10, 10)


def test_the_limit_of_any_group_above_counts(tmp_path):
    (tmp_path / "job" / "step").mkdir(parents=True)
    (tmp_path / "memory" / "job").mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("4:memory:/job\n3:cpuset:/\n0::/job/step\n")
    assert list(group_limits(tmp_path, own)) == []
    (tmp_path / "job" / "memory.max").write_text("3000\n")
    (tmp_path / "job" / "step" / "memory.max").write_text("max\n")
    (tmp_path / "memory" / "job" / "memory.limit_in_bytes").write_text("5000\n")
    (tmp_path.parent / "memory.max").write_text("1\n")
    assert sorted(group_limits(tmp_path, own)) == [3000, 5000]
    assert list(group_limits(tmp_path, tmp_path / "absent")) == []


def test_half_of_the_limit_is_for_a_model(monkeypatch):
    monkeypatch.setattr("mmcore.memory.group_limits", lambda: [8000, 6000])
    assert memory() == 3000


def test_a_batch_that_does_not_fit_is_one_sentence():
    check_batch(1000, [torch.Size((3, 64, 64)), torch.Size((8,))])
    with pytest.raises(MmcoreError, match="batch_size"):
        check_batch(1_000_000, [torch.Size((3, 64, 64))])
