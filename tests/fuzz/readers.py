"""What reads files of the user, as functions of bytes; a reader raises MmcoreError or returns."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torchvision.datasets.mnist  # noqa: F401, imported with instruments
from mmcore_image.files import read_pixels
from mmcore_medical.ecg.files import read_signal
from mmcore_medical.ecg.signal import resampled
from mmcore_mnist.data import MnistData

import mmcore.data.tables.formats.delimited  # noqa: F401, imported with instruments
from mmcore.config.study import StudyConfig
from mmcore.data.tables import StoredFile, open_table
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.reporting.record import read_record
from mmcore.runs.folder.files import read_config_or_study
from mmcore.saving import read_tensors

CORPUS = Path(__file__).parent / "corpus"
CATALOGUE = Catalogue.discover()


def read_study(path: Path) -> None:
    """Read a configuration or a study file, and what a study says about its data."""
    config = read_config_or_study(path)
    if isinstance(config, StudyConfig):
        for modality in config.modalities.values():
            _ = modality.records, modality.settings


def read_table(path: Path) -> None:
    """Read all cells."""
    table = open_table(path, CATALOGUE).table
    for frame in table.frames(table.names, ["id"]):
        frame.isna()


def read_wfdb(path: Path) -> None:
    """Read a header with 600 stored bytes beside it."""
    path.with_name("x.dat").write_bytes(np.arange(300, dtype="<i2").tobytes())
    signal = read_signal(path, CATALOGUE)
    resampled(signal.values, signal.rate or 100.0, 100.0)


def read_idx(path: Path) -> None:
    """Read images, with labels of the same data beside them."""
    path.with_name("train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x02\3\7")
    MnistData().load(path.parent, "train")


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "configuration": ("config.yaml", read_study),
    "study": ("study.yaml", read_study),
    "csv": ("table.csv", read_table),
    "wfdb": ("x.hea", read_wfdb),
    "idx": ("train-images-idx3-ubyte", read_idx),
    "npy": ("x.npy", lambda path: read_pixels(StoredFile(str(path), path))),
    "safetensors": ("x.safetensors", lambda path: list(read_tensors(path))),
    "evaluation": ("evaluation.json", read_record),
}
"""By name: the name of the file, and its reader."""


def reader(name: str) -> Callable[[bytes], None]:
    """Return a function that reads the content of a file, and raises what is no sentence."""
    file, read = READERS[name]
    return partial(_read, Path(mkdtemp()) / file, read)


def _read(path: Path, read: Callable[[Path], object], content: bytes) -> None:
    path.write_bytes(content)
    with suppress(MmcoreError):
        read(path)
