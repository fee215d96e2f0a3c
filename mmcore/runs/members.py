"""The runs of an ensemble, which differ in their seed and share the split of the data."""

from pathlib import Path
from typing import Literal

from mmcore.config import RunConfig
from mmcore.config.base import Count, Frozen
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.run import Run
from mmcore.storage.schemas import read_document

__all__ = ["EnsembleRecord", "member_folder", "open_members"]


class EnsembleRecord(Frozen):
    """The content of ``ensemble.json``."""

    format: Literal[1] = 1
    size: Count
    config: RunConfig

    def member(self, number: int) -> RunConfig:
        """Return the configuration of a member: its own seed, and the data of the first one."""
        seed = self.config.seed
        data = self.config.data.model_copy(update={"split_seed": self.config.data_seed})
        return self.config.model_copy(update={"seed": seed + number, "data": data})


def open_members(path: Path, catalogue: Catalogue, *, allow_outside: bool = False) -> list[Run]:
    """Return the runs of an ensemble, or the run, in a folder.

    Raises:
        MmcoreError: the folder has neither, or a run is not finished.
    """
    folder = RunFolder(path)
    if not folder.ensemble.is_file():
        return [Run.open(path, catalogue, allow_outside=allow_outside)]
    size = read_document(folder.ensemble, EnsembleRecord).size
    unfinished = [n for n in range(size) if not member_folder(folder, n).is_finished]
    if unfinished:
        raise MmcoreError(
            f"{len(unfinished)} of the {size} runs of the ensemble in '{path}' are not finished; continue"
            f" them with mmcore train --resume {path}"
        )
    paths = [member_folder(folder, number).path for number in range(size)]
    return [Run.open(member, catalogue, allow_outside=allow_outside) for member in paths]


def member_folder(folder: RunFolder, number: int) -> RunFolder:
    """Return the folder of a member."""
    return RunFolder(folder.path / f"member-{number}")
