"""Devices, precision and processes, through lightning-fabric."""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from lightning_fabric.strategies import DDPStrategy
from torch import Tensor, distributed, nn
from torch.amp.grad_scaler import GradScaler
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.memory import check_batch
from mmcore.model import Model
from mmcore.precision import automatic_precision
from mmcore.training.copies import Copies
from mmcore.training.processes import Place

__all__ = [
    "check_batch_size",
    "check_memory",
    "is_restarted",
    "largest_of_processes",
    "make_fabric",
    "processes_of_torchrun",
    "reaching",
    "resolved_precision",
    "scaler_of",
]


class _ExactValues(MixedPrecision):  # type: ignore[misc]
    """Mixed precision without the engine's cast of the inputs.

    733.48 is 732 in bfloat16, so a column with a smaller variation would be lost before the first
    network. Autocast chooses the precision of each operation.
    """

    def convert_input(self, data: Any) -> Any:
        return data


def make_fabric(config: TrainingConfig, place: Place | None = None) -> Any:
    """Return a launched Fabric: one process, or the processes that torchrun has started.

    Arguments:
        config: of the training.
        place: of this process among copies, which are connected; see `mmcore.training.processes.forked`.

    Raises:
        MmcoreError: the rows of a step cannot be split equally, or the machine has too few devices or
            none with this precision.
    """
    several = _of_torchrun() if place is None else _of_copies(place)
    local = several["devices"]
    check_batch_size(config, local * several.get("num_nodes", 1))
    _check_accelerator(config.accelerator, local)
    _check_precision(config)
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        accelerator=config.accelerator,
        precision=resolved_precision(config),
        **several,
    )
    mixed = fabric.strategy.precision
    if isinstance(mixed, MixedPrecision):
        fabric.strategy.precision = _ExactValues(mixed.precision, mixed.device, mixed.scaler)
    if is_restarted() and os.environ.get("GROUP_WORLD_SIZE") == "1":
        _join_again(fabric.device)
    fabric.launch()
    return fabric


def _of_torchrun() -> dict[str, Any]:
    """Return the arguments of Fabric for the processes of torchrun, or for one process."""
    world = processes_of_torchrun()
    if world == 1:
        return {"devices": 1}
    local = int(os.environ.get("LOCAL_WORLD_SIZE", world))
    return {"strategy": "ddp", "num_nodes": world // local, "devices": local}


def _of_copies(place: Place) -> dict[str, Any]:
    connected = DDPStrategy(cluster_environment=Copies(place), process_group_backend="gloo")
    return {"strategy": connected, "devices": place.world}


def processes_of_torchrun() -> int:
    """Return how many processes torchrun has started on all machines, 1 without torchrun."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def resolved_precision(config: TrainingConfig) -> str:
    """Return the chosen precision; for ``auto``, bf16 autocast where the hardware supports it."""
    if config.precision != "auto":
        return config.precision
    on_gpu = config.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    return automatic_precision("cuda" if on_gpu else "cpu")


def is_restarted() -> bool:
    """Return whether torchrun has started this process again after a failure."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def _join_again(device: torch.device) -> None:
    # The store of torchrun still has the addresses of the failed processes (PyTorch issue 135712). The
    # count of restarts is the same in all processes of one machine only.
    store, rank, world = next(rendezvous("env://"))
    own = PrefixStore(f"restart {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    backend = distributed.get_default_backend_for_device(device)
    distributed.init_process_group(backend, store=own, rank=rank, world_size=world)


def largest_of_processes(fabric: Any, number: Callable[[], int]) -> Callable[[], int]:
    """Return a function with the same result in all processes, which all of them call equally often.

    With one process it returns ``number()``. With several it returns the largest ``number()`` of all
    processes at the call before, 0 at the first call: the processes exchange it during the step between.

    Arguments:
        fabric: engine.
        number: at least 0.
    """
    return number if fabric.world_size == 1 else _Exchange(number).largest


class _Exchange:
    """Numbers that the processes exchange in main memory, so that the host does not wait for a device."""

    def __init__(self, number: Callable[[], int]) -> None:
        self._number = number
        self._group: Any = distributed.new_group(backend="gloo")
        self._pending: tuple[Tensor, Any] | None = None

    def largest(self) -> int:
        own = torch.tensor(self._number())
        before = self._pending
        largest = distributed.ReduceOp.MAX
        self._pending = own, distributed.all_reduce(own, largest, self._group, async_op=True)
        if before is None:
            return 0
        result, exchange = before
        exchange.wait()
        return int(result)


def reaching(loss: Tensor, parameters: Iterable[nn.Parameter]) -> Tensor:
    """Return ``loss``, whose backward pass also visits parameters on which it does not depend.

    Data-parallel training waits for the gradient of every parameter. A parameter of size zero, or of a
    likelihood that no row of this process uses, has none; processes that have none contribute zero.

    Shapes:
        loss: (). returns: ().
    """
    reached: Tensor = _Reaching.apply(loss, *(p for p in parameters if p.requires_grad))
    return reached


class _Reaching(torch.autograd.Function):
    """The identity of the first argument; the others receive no gradient, which costs no operation."""

    @staticmethod
    def forward(context: Any, loss: Tensor, *parameters: Tensor) -> Tensor:
        context.count = len(parameters)
        return loss.view_as(loss)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return gradients[0], *[None] * context.count


def scaler_of(fabric: Any) -> GradScaler | None:
    """Return the scaler of the loss, which only 16-mixed has."""
    precision = fabric.strategy.precision
    return precision.scaler if isinstance(precision, MixedPrecision) else None


def check_memory(config: TrainingConfig, processes: int, model: Model) -> None:
    """Check that the values of a micro-batch fit into the memory of this machine.

    Raises:
        MmcoreError: they do not fit.
    """
    rows = config.batch_size // (config.accumulate * processes)
    check_batch(rows, [model.codec[name].event_shape for name in model.names])


def check_batch_size(config: TrainingConfig, processes: int) -> None:
    """Check that the rows of a step can be split equally.

    Raises:
        MmcoreError: they cannot.
    """
    rows, micros = config.batch_size, config.accumulate
    parts = processes * micros
    if rows % parts:
        raise MmcoreError(
            f"batch size {rows} cannot be split into {parts} equal parts ({processes} processes, {micros}"
            f" micro-batches each); use a multiple of {parts}, such as {-(-rows // parts) * parts}"
        )


def _check_accelerator(name: str, processes: int) -> None:
    mps = int(torch.backends.mps.is_available())
    devices = {"cpu": processes, "cuda": torch.cuda.device_count(), "mps": mps}
    sufficient = [other for other, count in devices.items() if count >= processes]
    enough = {"auto", *sufficient} | ({"gpu"} if len(sufficient) > 1 else set())
    if name not in enough:
        raise MmcoreError(
            f"accelerator '{name}' needs {processes} device{'s' * (processes > 1)}, which this machine does"
            f" not have; use --accelerator {' or '.join(sufficient)}"
        )


def _check_precision(config: TrainingConfig) -> None:
    on_cpu = config.accelerator == "cpu" or not torch.accelerator.is_available()
    if config.precision == "16-mixed" and on_cpu:
        raise MmcoreError(
            "precision '16-mixed' needs a GPU; on a CPU use --precision bf16-mixed or 32-true"
        )
