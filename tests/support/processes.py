"""Processes of a test: forked, so that they have imported everything, and never pytest's own."""

import os
from collections.abc import Callable
from datetime import timedelta

import torch
from torch.distributed import TCPStore
from torch.multiprocessing import start_processes

__all__ = ["as_torchrun_does"]


def as_torchrun_does(target: Callable[..., None], *arguments: object, processes: int = 2) -> None:
    """Call ``target(*arguments)`` in several processes with the environment of torchrun.

    Raises:
        torch.multiprocessing.ProcessException: one fails; the message has its traceback.
    """
    # Port 0 is any free one, and the store keeps it until the processes have ended.
    store = TCPStore("localhost", 0, is_master=True, timeout=timedelta(60), wait_for_workers=False)
    start_processes(
        _start, (store.port, processes, target, arguments), processes, start_method="fork"
    )


def _start(
    rank: int, port: int, processes: int, target: Callable[..., None], arguments: tuple[object]
) -> None:
    torch.set_num_threads(1)
    place = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "ROLE_RANK": rank}
    size = dict.fromkeys(("WORLD_SIZE", "LOCAL_WORLD_SIZE", "ROLE_WORLD_SIZE"), processes)
    meeting = {"MASTER_ADDR": "localhost", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    agent = {"TORCHELASTIC_USE_AGENT_STORE": "True", "GROUP_WORLD_SIZE": 1}
    for name, value in {**place, **size, **meeting, **agent}.items():
        os.environ[name] = str(value)
    target(*arguments)
