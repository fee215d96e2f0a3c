"""Processes that a training starts by itself, on the cores of one machine."""

import gc
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path

import torch
from torch import distributed

from mmcore.errors import MmcoreError
from mmcore.terminal.signals import ENDING

__all__ = ["Place", "can_fork", "forked"]

WAIT = 5.0
"""Seconds in which a process that has failed ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """This process among those of a training.

    Arguments:
        rank: number of this process, from 0.
        world: number of processes.
    """

    rank: int
    world: int


def can_fork() -> bool:
    """Return whether this process can be copied: on Linux, without other threads of Python.

    A copy has one thread only; a lock that another thread holds would stay closed in it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


@contextmanager
def forked(count: int, work: Callable[[Place], None]) -> Iterator[Place]:
    """Copy this process, and call ``work`` in the copies while this process executes the block.

    All processes have one thread each and are connected by gloo on the loopback interface. The data of the
    training exists once in memory. The copies end with the block, also after an error or with this process.

    Arguments:
        count: number of processes with this one.
        work: the part of the others, which receives their place.

    Raises:
        MmcoreError: another process has ended before its part was done.
    """
    context, threads = multiprocessing.get_context("fork"), torch.get_num_threads()
    # The OpenMP of torch hangs in a copy that uses more than one thread.
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        meeting, places = Path(folder) / "store", [Place(rank, count) for rank in range(count)]
        others = [
            context.Process(target=_work, args=(work, place, meeting), daemon=True)
            for place in places[1:]
        ]
        try:
            _start(others)
            with _connected(places[0], meeting):
                yield places[0]
            for other in others:
                other.join()
        except RuntimeError as error:
            if _is_of_connection(error):
                raise _failure(others, meeting) from error
            raise
        finally:
            _end(others)
            torch.set_num_threads(threads)


def _start(others: Sequence[ForkProcess]) -> None:
    gc.collect()  # connections of earlier trainings, whose threads the copies do not have
    with warnings.catch_warnings():
        # Python warns of threads of libraries, which are idle here and restart in the copies.
        warnings.simplefilter("ignore", DeprecationWarning)
        for other in others:
            other.start()


def _end(others: Sequence[ForkProcess]) -> None:
    for other in others:
        if other.is_alive():
            other.kill()
            other.join()


def _work(work: Callable[[Place], None], place: Place, meeting: Path) -> None:
    # Nothing of the first process is deleted here: a destructor may wait for a thread that was not copied.
    gc.freeze()
    for number in ENDING:
        # A terminal sends signals to all processes; the first one passes its own on.
        signal.signal(number, signal.SIG_IGN)
    try:
        with _connected(place, meeting):
            work(place)
    except MmcoreError as error:
        _message(meeting).write_text(str(error), encoding="utf-8")
        raise SystemExit(error.exit_code) from None
    except RuntimeError as error:
        # The process at the other end reports why it has ended.
        if not _is_of_connection(error):
            raise


@contextmanager
def _connected(place: Place, meeting: Path) -> Iterator[None]:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    store = distributed.FileStore(str(meeting), place.world)  # type: ignore[attr-defined]
    distributed.init_process_group("gloo", store=store, rank=place.rank, world_size=place.world)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def _is_of_connection(error: RuntimeError) -> bool:
    # torch has no type for errors of gloo; their message has the file of its source.
    return "/gloo/" in str(error)


def _message(meeting: Path) -> Path:
    """Return the file in which a process leaves the message of its error."""
    return meeting.with_name("error")


def _failure(others: Sequence[ForkProcess], meeting: Path) -> MmcoreError:
    """Return the error of a process, or a sentence on how it has ended."""
    for other in others:
        other.join(WAIT)
    if _message(meeting).is_file():
        return MmcoreError(_message(meeting).read_text(encoding="utf-8"))
    codes = [other.exitcode for other in others if other.exitcode]
    code = min(codes, default=0)
    cause = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return MmcoreError(
        f"a process of the training was ended {cause}; if the memory was full, use --processes 1; continue"
        " from the last checkpoint with mmcore train --resume",
        page="training",
    )
