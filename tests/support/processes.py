"""Processes of a test: forked, because a new Python takes seconds to import everything."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import torch
from torch.distributed import TCPStore
from torch.multiprocessing import start_processes

__all__ = ["Child", "as_torchrun_does"]

LIMIT = 120
"""Seconds after which a process of several is ended."""


@dataclass(frozen=True)
class Child:
    """A forked process, which writes its output to a file.

    Arguments:
        pid: of the process.
        output: file of its standard output and error.
    """

    pid: int
    output: Path

    @classmethod
    def calling(cls, target: Callable[..., object], *arguments: object, output: Path) -> "Child":
        """Start a process that ends when ``target(*arguments)`` returns."""
        pid = os.fork()
        if pid == 0:
            _call(target, arguments, output)
        return cls(pid, output)

    def send(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def is_running(self) -> bool:
        """Return whether the process has not ended; its exit code stays available."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is None

    def wait(self) -> int:
        """Return the exit code, or minus the number of the signal that has killed the process."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _call(target: Callable[..., object], arguments: tuple[object, ...], output: Path) -> NoReturn:
    code = 1
    try:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        torch.set_num_threads(1)
        target(*arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # pytest continues in the parent only


def as_torchrun_does(
    target: Callable[..., None], *arguments: object, processes: int = 2, restarts: int = 0
) -> None:
    """Call ``target(*arguments)`` in several processes with the environment of torchrun.

    Raises:
        torch.multiprocessing.ProcessException: one fails; the message has its traceback.
    """
    # Port 0 is any free one, and the store keeps it until the processes have ended.
    store = TCPStore("localhost", 0, is_master=True, timeout=timedelta(60), wait_for_workers=False)
    places = (store.port, processes, restarts)
    start_processes(_start, (places, target, arguments), processes, start_method="fork")


def _start(
    rank: int,
    places: tuple[int, int, int],
    target: Callable[..., None],
    arguments: tuple[object, ...],
) -> None:
    signal.alarm(LIMIT)  # processes that wait for each other end
    torch.set_num_threads(1)
    port, processes, restarts = places
    place = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "ROLE_RANK": rank}
    size = dict.fromkeys(("WORLD_SIZE", "LOCAL_WORLD_SIZE", "ROLE_WORLD_SIZE"), processes)
    meeting = {"MASTER_ADDR": "localhost", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    agent = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": restarts}
    for name, value in {**place, **size, **meeting, **agent}.items():
        os.environ[name] = str(value)
    target(*arguments)
