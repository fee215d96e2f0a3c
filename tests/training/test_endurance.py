"""A long training needs no more memory and no more handles than a short one."""

import gc
import json
import os
from pathlib import Path

import pytest
from support.processes import Child
from support.runs import config, without_summary

from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.training.step import TrainStep

STEPS, START = 20_000, 2_000


def usage():
    """Return the resident memory in pages, and the number of open handles."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return resident, len(os.listdir("/proc/self/fd"))


def trained(folder, vectors, path):
    """Train, and write the usage of the process every thousand steps."""
    forward, used = TrainStep.forward, {}

    def forward_after_usage(self, *arguments):
        if arguments[5] % 1_000 == 0:
            used[arguments[5]] = usage()
        return forward(self, *arguments)

    TrainStep.forward = forward_after_usage
    with without_summary():
        training = config(steps=STEPS, log_every=50, checkpoint_every=500)
        run(training, RunFolder(folder), catalogue=vectors)
    path.write_text(json.dumps(used))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_and_handles_do_not_grow_in_20_000_steps(tmp_path, vectors):
    child = Child.calling(
        trained, tmp_path / "run", vectors, tmp_path / "usage.json", output=tmp_path / "output.txt"
    )
    assert child.wait() == 0, child.output.read_text()
    used = {
        int(step): usage
        for step, usage in json.loads((tmp_path / "usage.json").read_text()).items()
    }
    later = [used[step] for step in used if step >= START]
    memory, handles = zip(*later, strict=True)
    assert max(memory) <= 1.02 * memory[0], used
    assert set(handles) == {handles[0]}, used
