"""The computation of training steps on this machine: processes, threads and precision."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from mmcore.batch import Batch
from mmcore.config import TrainingConfig
from mmcore.data import SampleOrder, Source
from mmcore.errors import MmcoreError, documented
from mmcore.training.engine import check_batch_size, processes_of_torchrun
from mmcore.training.processes import can_fork
from mmcore.training.step import TrainStep

__all__ = ["Computation", "automatic_processes", "check_processes"]

LEAST_ROWS = 32
"""Rows of a process in a step; with fewer, a step takes hardly less time."""
LEAST_STEP = 2e9
"""Multiplications and additions of a process in the forward pass of a step."""
LEAST_RUN = 2e12
"""The same of all processes in the whole training."""
PROBE_ROWS = 8
"""Rows on which the operations are counted."""


@dataclass(frozen=True, slots=True)
class Computation:
    """The processes, threads and precision of a training; its results depend on them by rounding alone.

    Arguments:
        precision: of the networks.
        processes: number of processes, on all machines.
        threads: threads of each process.
        compiled: whether encoders and decoders are compiled.
    """

    precision: str
    processes: int
    threads: int
    compiled: bool = False

    def __str__(self) -> str:
        processes = f"{self.processes} process{'es' if self.processes > 1 else ''}"
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        each = " each" if self.processes > 1 else ""
        networks = "compiled" if self.compiled else "not compiled"
        return f"{self.precision}, {networks}, {processes} with {threads}{each}"


@documented("training")
def check_processes(count: int, config: TrainingConfig, device: torch.device) -> None:
    """Check that a training can use several processes on the cores of this machine.

    Raises:
        MmcoreError: it cannot.
    """
    if count < 1:
        raise MmcoreError(f"--processes is {count}, expected auto or a number of at least 1")
    started = processes_of_torchrun()
    if started > 1 and count > 1:
        raise MmcoreError(
            f"torchrun has started {started} processes, and --processes is {count}; leave out one of them"
        )
    if count > 1 and device.type != "cpu":
        raise MmcoreError(
            f"--processes {count} distributes a training over the cores of a CPU, but the device is"
            f" '{device.type}'; add --accelerator cpu, or start the command with torchrun"
        )
    if count > 1 and not can_fork():
        raise MmcoreError(
            f"--processes {count} needs Linux and no other threads of Python; start the command with"
            f" torchrun --standalone --nproc-per-node {count} -m mmcore instead"
        )
    check_batch_size(config, count)


def automatic_processes(
    step: TrainStep, source: Source, order: SampleOrder, config: TrainingConfig
) -> int:
    """Return the number of processes with which a training on a CPU is fastest, by a fixed rule.

    Several processes are used if the threads of torch are several, most of them get a process with at least
    32 rows of a step, the step and the training have enough operations, and no layer depends on how the rows
    are distributed.
    """
    count = _most_processes(torch.get_num_threads(), config)
    if count == 1 or processes_of_torchrun() > 1 or not can_fork() or _mixes_rows(step):
        return 1
    operations = _operations(step, step.batch(source, order, 0))
    enough = operations >= count * LEAST_STEP and operations * config.steps >= LEAST_RUN
    return count if enough else 1


def _most_processes(cores: int, config: TrainingConfig) -> int:
    """Return the largest number that divides the rows of a step, or 1 if it leaves half of the cores idle."""
    rows = config.batch_size // config.accumulate
    equal = [n for n in range(1, min(cores, rows // LEAST_ROWS) + 1) if rows % n == 0]
    most = max(equal, default=1)
    return most if 2 * most > cores else 1


def _mixes_rows(module: nn.Module) -> bool:
    """Return whether a layer computes statistics of a batch, or draws for all rows together."""
    layers = list(module.modules())
    draws = any(isinstance(layer, _DropoutNd) and layer.p > 0 for layer in layers)
    return draws or any(isinstance(layer, _BatchNorm) for layer in layers)


def _operations(step: TrainStep, batch: Batch) -> float:
    """Return the number of multiplications and additions in the forward pass of a step."""
    from torch.utils.flop_counter import FlopCounterMode

    micros = max(len(batch) // PROBE_ROWS, 1)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        step.terms(batch.split(micros)[0], 0, 0, micros)
    return float(counter.get_total_flops() * micros)
