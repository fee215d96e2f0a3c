"""Between two reports, a training never waits for its device.

On a CPU, the operations for which a GPU would be waited for are counted: those that return a number to the
host, and those whose result has a size that depends on values.
"""

import pytest
import torch
from support.runs import config
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from mmcore.runs.training.setup import TrainingSetup
from mmcore.training import loop
from mmcore.training.guard import Guard

WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique2")
EVERY = 4


class Waiting(TorchDispatchMode):
    """Collects the steps in which the host waits, with the operation."""

    def __init__(self, state):
        super().__init__()
        self.state, self.reads = state, []

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        name = operation.overloadpacket.__name__
        indices = arguments[1] if name in ("index", "index_put", "index_put_") else ()
        by_mask = any(index is not None and index.dtype == torch.bool for index in indices)
        if name in WAITING or by_mask:
            self.reads.append((self.state.step, name))
        return operation(*arguments, **(options or {}))


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Batches are read before the first step, and the guard decides on the device."""
    batches, began = loop._batches, Guard.__init__

    def read_before(*arguments):
        with _disable_current_modes():
            return iter([*batches(*arguments)])

    def decides_on_the_device(self, *arguments):
        began(self, *arguments)
        self.waits = False

    monkeypatch.setattr(loop, "_batches", read_before)
    monkeypatch.setattr(Guard, "__init__", decides_on_the_device)


@pytest.mark.parametrize("method", ["mmjsd", "mopoe", "mvae", "mvtcae"])
def test_the_host_waits_with_reports_only(method, as_on_a_gpu, vectors):
    chosen = config(log_every=EVERY, checkpoint_every=100)
    model = chosen.model.model_copy(update={"method": method})
    setup = TrainingSetup(chosen.model_copy(update={"model": model}), vectors)
    with Waiting(setup.state) as mode:
        setup.fit([])
    steps = {step for step, _ in mode.reads}
    assert steps <= {step for step in range(1, 13) if step % EVERY == 0}, mode.reads
    assert steps, "reports wait"
