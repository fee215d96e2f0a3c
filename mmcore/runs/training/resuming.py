"""Continuing a run, to its length or to another one."""

from pathlib import Path

import torch

from mmcore.config import TrainingConfig
from mmcore.errors import MmcoreError, documented
from mmcore.noise import Noise
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.lock import locked
from mmcore.runs.run import Run
from mmcore.runs.training.extending import Extension
from mmcore.runs.training.job import TrainingJob
from mmcore.runs.training.stopped import check_not_stopped
from mmcore.storage.schemas import validated
from mmcore.terminal.printing import Console

__all__ = ["resume"]

PROBE_ROWS = 64
"""Samples on which the losses of two lengths are compared."""


def resume(
    path: Path,
    *,
    steps: int | None = None,
    accept_changed_data: bool = False,
    allow_outside: bool = False,
    catalogue: Catalogue | None = None,
    console: Console | None = None,
    processes: int | None = 1,
) -> Run:
    """Continue an interrupted run from its newest checkpoint, or from the start.

    Arguments:
        path: folder of the run.
        steps: another length of the training, also for a finished run.
        accept_changed_data: whether to continue where the data has changed since the checkpoint.
        allow_outside: whether a study that sets ``allow_outside`` may read files outside of its folder.
        catalogue: where components are found; the installed plug-ins if left out.
        console: where progress is shown.
        processes: on the cores of this machine, which may be another number than before; None to choose it.

    Raises:
        MmcoreError: the folder has no run, the run is finished or in use, its schedule does not allow the
            length, or its data has changed.
    """
    folder = RunFolder(path)
    if not folder.config.is_file():
        raise MmcoreError(f"'{path}' holds no run; expected a folder with config.yaml in it")
    catalogue, console = catalogue or Catalogue.discover(), console or Console()
    check_not_stopped(folder)
    with locked(path):
        config = read_config(folder.config, allow_outside)
        before = config.training
        if folder.is_finished and steps in (None, before.steps):
            raise MmcoreError(
                f"the run in '{path}' is finished; see {folder.summary}, or extend it with --steps"
            )
        if steps is not None:
            longer = validated({**dict(before), "steps": steps}, TrainingConfig, "the run")
            config = config.model_copy(update={"training": longer})
        job = TrainingJob(config, folder, catalogue, console, processes=processes)
        job.restore(accept_changed_data)
        if config.training.steps != before.steps:
            _extend(job, before)
        return job.carry_out()


@documented("training")
def _extend(job: TrainingJob, before: TrainingConfig) -> None:
    """Change the length of the training in the folder, where the steps done allow it."""
    rows = torch.arange(min(len(job.setup.source), PROBE_ROWS))
    batch = job.setup.source.fetch(rows, Noise(len(rows))).checked().to(job.fabric.device)
    extension = Extension(before, job.config.training)
    extension.check(job.folder, job.model, job.state, batch)
    if job.fabric.is_global_zero:
        job.folder.reopen(extension.after.steps)
    job.fabric.barrier()
