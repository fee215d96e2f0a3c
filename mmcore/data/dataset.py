"""The interface of a data set of one modality."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from mmcore.data.view import View
from mmcore.plugins.context import Context

__all__ = ["Dataset", "FilesMissing", "Split"]

Split = Literal["train", "test"]


class FilesMissing(Exception):
    """The files of a data set do not exist.

    Arguments:
        files: the paths that were tried, the first choice first.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__(", ".join(map(str, files)))
        self.files = list(files)


class Dataset(ABC):
    """A data set of one modality.

    MUST: `load`, `sample`.

    MAY: `download`, `notes`, `license`, `origin`.

    Arguments:
        settings: options of the modality; most data sets ignore them.
        context: the model that the data is for.
    """

    license: str = ""
    """License of the real data, one line, which is shown when the data is used."""
    origin: Literal["real", "built"] = "real"
    """Whether `load` reads published data, or computes data from it, which every page then states."""

    def __init__(self, settings: BaseModel | None = None, context: Context | None = None) -> None:
        super().__init__()

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def load(self, root: Path, split: Split) -> View:
        """Return the real data in ``root``.

        Raises:
            FilesMissing: its files do not exist.
            MmcoreError: a file exists and cannot be read.
        """

    @abstractmethod
    def sample(self, split: Split) -> View:
        """Return a small sample that needs no file, the same in every call."""

    # -- MAY -------------------------------------------------------------------------------------

    def download(self, root: Path) -> None:
        """Download the real data to ``root``, with a progress bar.

        Raises:
            OSError: the download fails; without a network it must fail within seconds.
        """
        raise OSError("this data set cannot be downloaded")

    def notes(self, root: Path) -> list[str]:
        """Return remarks on the real data, such as an unofficial checksum."""
        return []
