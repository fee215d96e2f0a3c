"""Limits on the memory of a model, checked while it is built and before it is written to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from torch.nn.parameter import is_lazy

from mmcore.errors import MmcoreError

__all__ = ["check_batch", "limited_memory"]

MOST_TENSORS = 20_000
"""More layers than this take minutes to build."""
COPIES = 4
"""The weights, their gradients, and two moments of the optimizer."""
WITHOUT_SYSCONF = 16 << 30
"""Bytes that are assumed where the system does not report its memory."""
GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
ADVICE = "choose smaller sizes, such as content_dim, width, hidden, layers or length"


def memory() -> int:
    """Return the bytes that a model may take: half of the memory of this machine, or of its share of it.

    Containers and batch systems limit the memory of a process with control groups of Linux.
    """
    known = "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {})
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else WITHOUT_SYSCONF
    return min([size, *group_limits()]) // 2


def group_limits(groups: Path = GROUPS, own: Path = OWN_GROUPS) -> Iterator[int]:
    """Yield the limits of the control groups of this process and of those above, in bytes.

    Arguments:
        groups: the folder of all groups.
        own: the file that names the groups of this process, a line ``number:controllers:path`` each.
    """
    for line in own.read_text().splitlines() if own.is_file() else ():
        _, controllers, path = line.split(":", 2)
        version = {"": (".", "memory.max"), "memory": ("memory", "memory.limit_in_bytes")}
        if controllers in version:
            folder, name = version[controllers]
            place = groups / folder / path.lstrip("/")
            for group in (place, *place.parents):
                if group.is_relative_to(groups):
                    yield from _limit(group / name)


def _limit(file: Path) -> Iterator[int]:
    """Yield the number in a file that may not exist, or may contain max."""
    with suppress(OSError, ValueError):
        yield int(file.read_text())


@contextmanager
def limited_memory() -> Iterator[None]:
    """Refuse a model that does not fit into memory, in the block that builds it.

    torch reserves the memory of a tensor without writing to it, and a module registers the tensor
    before it initializes it, so the sizes are known before memory is taken.

    Raises:
        MmcoreError: the parameters and buffers of the block do not fit, or are too many.
    """
    count = _Count(memory())
    hooks = [
        register(count.add)
        for register in (
            register_module_parameter_registration_hook,
            register_module_buffer_registration_hook,
        )
    ]
    try:
        yield
    except (RuntimeError, TypeError, MemoryError, OverflowError) as error:
        if not _is_about_memory(error):
            raise
        raise MmcoreError(
            f"the model has a layer that does not fit into memory; {ADVICE}"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()


def check_batch(rows: int, shapes: list[torch.Size]) -> None:
    """Check that the values of a step fit into memory.

    Arguments:
        rows: rows of a step in one process and one micro-batch.
        shapes: of one value of each modality.

    Raises:
        MmcoreError: they do not fit.
    """
    size = rows * sum(shape.numel() for shape in shapes) * torch.get_default_dtype().itemsize
    if size > memory():
        raise MmcoreError(
            f"a step of {rows:,} rows has {_gigabytes(size)} of values, and half of the memory of this"
            f" process is {_gigabytes(memory())}; choose a smaller batch_size, or split it with accumulate"
        )


class _Count:
    """The memory of the tensors that modules have registered so far."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size, self._tensors = limit, 0, 0

    def add(self, module: nn.Module, name: str, tensor: Tensor | None) -> None:
        """Add a tensor that is about to be registered."""
        if tensor is None or is_lazy(tensor):
            return
        copies = COPIES if isinstance(tensor, nn.Parameter) and tensor.requires_grad else 1
        self._size += copies * tensor.numel() * tensor.element_size()
        self._tensors += 1
        if self._size > self._limit:
            raise MmcoreError(
                f"the model needs more than {_gigabytes(self._size)} for its parameters, their gradients and"
                f" the optimizer, and half of the memory of this process is {_gigabytes(self._limit)};"
                f" {ADVICE}"
            )
        if self._tensors > MOST_TENSORS:
            raise MmcoreError(
                f"the model has more than {MOST_TENSORS:,} tensors of parameters; choose fewer layers"
            )


def _is_about_memory(error: Exception) -> bool:
    """Return whether a tensor is too large: torch has no own type for the error of a CPU."""
    reasons = ("can't allocate memory", "Storage size calculation overflowed", "Overflow when")
    own = isinstance(error, MemoryError | OverflowError)
    return own or any(reason in str(error) for reason in reasons)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
