"""What a modality plug-in says about where its data comes from."""

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
    """The files of a data set are not where they were looked for.

    Arguments:
        files: every place that was tried, first choice first.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__(", ".join(map(str, files)))
        self.files = list(files)


class Dataset(ABC):
    """Where the data of one modality comes from.

    MUST: `load`, `sample`.

    MAY: `download`, `notes`, `licence`.

    Arguments:
        settings: options of the modality; most data sets do not depend on them.
        context: the model that the data is for.
    """

    licence: str = ""
    """Terms of the real data, one line, shown when it is used."""

    def __init__(self, settings: BaseModel | None = None, context: Context | None = None) -> None:
        super().__init__()

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def load(self, root: Path, split: Split) -> View:
        """Return the real data from below ``root``.

        Raises:
            FilesMissing: its files are not there.
            MmcoreError: a file is there and cannot be read.
        """

    @abstractmethod
    def sample(self, split: Split) -> View:
        """Return a small stand-in that needs no file, the same every time."""

    # -- MAY -------------------------------------------------------------------------------------

    def download(self, root: Path) -> None:
        """Fetch the real data to below ``root``, with a progress bar.

        Raises:
            OSError: the network refuses; it must say so within seconds.
        """
        raise OSError("this data set cannot be downloaded")

    def notes(self, root: Path) -> list[str]:
        """Return remarks on the real data that was found, such as an unofficial checksum."""
        return []
