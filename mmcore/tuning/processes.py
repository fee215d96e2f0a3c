"""Trials in this process, or in several."""

import multiprocessing
import os
import signal
import time
from multiprocessing.context import SpawnProcess

import torch

from mmcore.errors import MmcoreError
from mmcore.terminal.printing import Console
from mmcore.tuning.plan import TuningPlan
from mmcore.tuning.trials import Trials

__all__ = ["run_trials"]


def run_trials(trials: Trials, console: Console) -> None:
    """Carry out trials until a limit of the plan, in as many processes as it has.

    Raises:
        MmcoreError: the first trials cannot be trained, or a process has failed.
    """
    plan, deadline = trials.plan, time.time() + 60 * trials.plan.minutes
    if plan.processes == 1:
        trials.run(deadline, console)
        return
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_work, args=(plan, deadline), daemon=True)
        for _ in range(plan.processes)
    ]
    _wait(workers)


def _wait(workers: list[SpawnProcess]) -> None:
    try:
        _start(workers)
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
                worker.join()
    failed = sum(worker.exitcode != 0 for worker in workers)
    if failed:
        raise MmcoreError(f"{failed} of {len(workers)} processes have failed; see their messages")


def _start(workers: list[SpawnProcess]) -> None:
    # A terminal sends SIGINT to all processes: workers inherit that it is ignored, and this one ends them.
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for worker in workers:
            worker.start()
    finally:
        signal.signal(signal.SIGINT, previous)


def _work(plan: TuningPlan, deadline: float) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // plan.processes))
    console = Console()
    try:
        Trials.open(plan).run(deadline, console)
    except MmcoreError as error:
        console.print(f"error: {error}")
        raise SystemExit(error.exit_code) from None
