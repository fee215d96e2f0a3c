"""The command that continues an interrupted run."""

import os
from pathlib import Path

from mmcore.config import RunConfig
from mmcore.terminal.escaping import command

__all__ = ["resume_command"]


def resume_command(folder: Path, config: RunConfig, processes: int | None) -> str:
    """Return a line for a shell that continues a run, in as many processes of torchrun as now.

    Arguments:
        folder: of the run.
        config: of the run.
        processes: value of ``--processes``; None if it was not given.
    """
    study = config.data.study
    trusted = ["--allow-outside"] if study is not None and study.allow_outside else []
    chosen = [] if processes is None else ["--processes", str(processes)]
    return command(*_launcher(), "mmcore", "train", "--resume", str(folder), *chosen, *trusted)


def _launcher() -> list[str]:
    processes = os.environ.get("LOCAL_WORLD_SIZE", "1")
    return [] if processes == "1" else ["torchrun", "--nproc-per-node", processes, "-m"]
