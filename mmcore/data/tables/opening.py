"""From the configuration of a run on a study to its data."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from mmcore.config import DataConfig, ModalityConfig
from mmcore.config.study import StudyData
from mmcore.data import Dropped, OpenedData, View
from mmcore.data.tables.collecting import collect
from mmcore.data.tables.gathering import Places, gather
from mmcore.data.tables.outer_join import Joined, Labels, union
from mmcore.data.tables.reader import Reader
from mmcore.data.tables.records import Records
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue, Context

__all__ = ["gather_records", "join", "open_records", "open_study", "readers_of"]

Modalities = Mapping[str, ModalityConfig]
Stored = Mapping[str, Callable[[View], View]]


def readers_of(modalities: Modalities, catalogue: Catalogue) -> dict[str, Reader]:
    """Return the reader of each modality, with its settings.

    Raises:
        MmcoreError: a modality reads no records, or a setting is not valid.
    """
    readers = {}
    for name, modality in modalities.items():
        settings = catalogue.settings("modality", modality.kind, modality.settings)
        context = Context(name=name, catalogue=catalogue)
        readers[name] = catalogue.reader(modality.kind)(settings, context)
    return readers


def open_study(
    config: DataConfig,
    modalities: Modalities,
    catalogue: Catalogue,
    seed: int,
    stored: Stored | None = None,
) -> OpenedData:
    """Return the data of a study, for training and testing.

    Arguments:
        config: with a study in it.
        modalities: with fitted settings.
        catalogue: where readers are found.
        seed: of the split and of what is hidden.
        stored: `Modality.stored` by name; what is left out is stored as it was read.

    Raises:
        MmcoreError: a file cannot be read, or records do not fit the settings.
    """
    if config.study is None:
        raise ValueError("the configuration has no study")
    if config.mode == "sample":
        raise MmcoreError("a study has no sample data; leave out --data sample")
    study, places = config.study, Places.of(config.study, config.dir, catalogue)
    found, readers = collect(study, places, seed), readers_of(modalities, catalogue)
    train, told = join(found.train, readers, found.labels, stored)
    test, told_of_test = join(found.test, readers, found.labels, stored)
    return OpenedData(
        train=Dropped(train, config.drop, len(readers), seed) if config.drop else train,
        probe=train,
        test=test,
        kind="real",
        root=places.root,
        notes=list(dict.fromkeys([*found.notes, *told, *told_of_test])),
        items={
            name: {"train": int(there.sum()), "test": int(test.present[name].sum())}
            for name, there in train.present.items()
        },
        train_views={name: train.view(name) for name in readers},
        test_views={name: test.view(name) for name in readers},
        test_present=test.present,
        classes=() if found.labels is None else found.labels.classes,
    )


def open_records(
    study: StudyData, modalities: Modalities, catalogue: Catalogue, given: Path | None = None
) -> tuple[Joined, list[str]]:
    """Return all records of a study, new or old, read with settings that a model was saved with.

    With them come remarks on how they were read.

    Nothing is split and nothing is fitted; modalities that the study does not name are left out, and
    ``Joined.ids`` says whose the rows are.

    Arguments:
        study: where the records are.
        modalities: of the model.
        catalogue: where readers are found.
        given: the data folder, as ``--data-dir`` says.

    Raises:
        MmcoreError: a modality that the model does not have, or a file that cannot be read.
    """
    records, notes = gather_records(study, modalities, given, catalogue)
    chosen = {name: modalities[name] for name in study.records}
    joined, told = join(records, readers_of(chosen, catalogue))
    return joined, [*notes, *told]


def gather_records(
    study: StudyData,
    modalities: Collection[str],
    given: Path | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[dict[str, Records], list[str]]:
    """Return all records of a study by modality, unread, and remarks.

    Arguments:
        study: where the records are.
        modalities: of the model.
        given: the data folder, as ``--data-dir`` says.
        catalogue: contains the formats of files; by default the installed ones.

    Raises:
        MmcoreError: a modality that the model does not have, or a file that cannot be read.
    """
    unknown = [name for name in study.records if name not in modalities]
    if unknown:
        raise MmcoreError(
            f"the study has a modality '{unknown[0]}', which the model does not have; it has"
            f" {', '.join(modalities)}{nearest(unknown[0], modalities)}"
        )
    places, records, notes = Places.of(study, given, catalogue), {}, []
    for name, config in study.records.items():
        records[name], told = gather(name, config, study, places)
        notes += told
    return records, notes


def join(
    records: Mapping[str, Records],
    readers: Mapping[str, Reader],
    labels: Labels | None = None,
    stored: Stored | None = None,
) -> tuple[Joined, list[str]]:
    """Return the outer join of what readers make of records, and remarks on how they were read.

    Raises:
        MmcoreError: records do not fit the settings that a reader has.
    """
    readings = {name: reader.read(records[name]) for name, reader in readers.items()}
    joined = Joined(
        union([records[name].ids for name in readers]),
        {name: reading.values for name, reading in readings.items()},
        {name: records[name].ids for name in readers},
        labels,
        stored,
    )
    return joined, [f"{n}: {note}" for n, reading in readings.items() for note in reading.notes]
