"""Opening of data: built-in data sets, studies, and new records."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmcore.config import DataConfig, ModalityConfig
from mmcore.config.predict import BatchChoice
from mmcore.data.builtin import datasets_of, open_datasets
from mmcore.data.data import Data, Stored
from mmcore.plugins import Catalogue

if TYPE_CHECKING:
    from mmcore.data.tables.study import StudyRecords

__all__ = ["open_data"]


def open_data(
    config: DataConfig,
    modalities: Mapping[str, ModalityConfig],
    catalogue: Catalogue,
    seed: int = 0,
    stored: Stored | None = None,
    *,
    study: "StudyRecords | None" = None,
    new: bool = False,
    batch: BatchChoice = "own",
) -> Data:
    """Return the data of several modalities.

    Without ``config.study``, the data sets of the modalities are opened, and their items are joined by
    key or paired by label. With it, the records of the study are joined by id. Each input file is
    parsed once.

    Arguments:
        config: which data.
        modalities: with settings; those of a study are fitted.
        catalogue: where data sets and readers are found.
        seed: of pairs, of the split, and of the hidden values.
        stored: `Modality.stored` by name; modalities that are left out are stored as they are read.
        study: records of the study that are open already, as `fit_study` returns them.
        new: whether the records of the study are new to the model; they are not split then, and
            modalities that the study does not name are left out.
        batch: with ``reference``, new records of unknown batches are of the reference batch.

    Raises:
        MmcoreError: data is missing, a file cannot be read, or records do not fit the settings.
    """
    if config.study is None:
        datasets = datasets_of(modalities, catalogue)
        return open_datasets(datasets, config, seed, stored)
    # Data sets are opened without pandas and pyarrow.
    from mmcore.data.tables.open import open_records, open_study

    if new:
        return open_records(config, modalities, catalogue, batch=batch)
    return open_study(config, modalities, catalogue, seed, stored, study)
