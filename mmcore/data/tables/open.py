"""The data of a study: values that readers return, joined by id."""

from collections.abc import Iterable, Mapping

from mmcore.config import DataConfig, ModalityConfig
from mmcore.config.predict import BatchChoice
from mmcore.data.data import Data, Samples, Stored
from mmcore.data.fingerprint import Inputs, sample_digests
from mmcore.data.tables.batches import new_batches
from mmcore.data.tables.formats import OpenedTable
from mmcore.data.tables.ids import near_duplicates
from mmcore.data.tables.imputed_columns import check_imputed_columns
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.outer_join import OuterJoin, union
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reader import Reader, Reading
from mmcore.data.tables.reading import StudyTables, read_records
from mmcore.data.tables.records import Batches, Records
from mmcore.data.tables.remarks import Counted, summed
from mmcore.data.tables.study import StudyRecords, read_study
from mmcore.errors import MmcoreError, documented, nearest
from mmcore.plugins import Catalogue, Context

__all__ = ["notes_of", "open_records", "open_study", "readers_of"]

Modalities = Mapping[str, ModalityConfig]


def readers_of(modalities: Modalities, catalogue: Catalogue) -> dict[str, Reader]:
    """Return the reader of each modality, with its settings.

    Raises:
        MmcoreError: a modality has no reader, or a setting is not valid.
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
    stored: Stored | None,
    records: StudyRecords | None,
) -> Data:
    """Return the data of a study, split; see `mmcore.data.open_data`."""
    assert config.study is not None, "checked by the caller"
    if config.mode == "sample":
        raise MmcoreError("a study has no sample data; leave out --data sample")
    if records is None:
        records = read_study(
            config.study, PathResolver.of(config.study, config.dir), seed, catalogue
        )
    readers = readers_of(modalities, catalogue)
    sides = {"train": records.train, "test": records.test}
    readings = {side: _read(by_modality, readers) for side, by_modality in sides.items()}
    splits = {
        side: _joined(by_modality, readings[side], records, stored)
        for side, by_modality in sides.items()
    }
    train, test = splits["train"], splits["test"]
    digests = sample_digests("training", records.train_ids, train.present)
    digests |= sample_digests("test", records.test_ids, test.present)
    notes = [*records.notes, *notes_of(readings.values())]
    return Data(
        splits=splits,
        kind=config.study.origin,
        root=records.paths.root,
        notes=list(dict.fromkeys(notes)),
        classes=() if records.labels is None else records.labels.classes,
        key=config.study.id,
        readers=readers,
        drop=config.drop,
        seed=seed,
        inputs=Inputs(records.paths.used, digests),
    )


@documented("studies")
def open_records(
    config: DataConfig,
    modalities: Modalities,
    catalogue: Catalogue,
    given: Mapping[str, OpenedTable] | None = None,
    batch: BatchChoice = "own",
) -> Data:
    """Return records that are not split; see `mmcore.data.open_data`.

    Arguments:
        config: which data.
        modalities: with fitted settings.
        catalogue: where readers are found.
        given: tables in memory, by the name that the study has in place of a file.
        batch: with ``reference``, a record whose batch is unknown is of the reference batch.

    Raises:
        MmcoreError: a modality is unknown, or records do not fit the settings.
    """
    assert config.study is not None, "checked by the caller"
    study = config.study
    unknown = [name for name in study.records if name not in modalities]
    if unknown:
        raise MmcoreError(
            f"the study has a modality '{unknown[0]}', which the model does not have; it has"
            f" {', '.join(modalities)}{nearest(unknown[0], modalities)}"
        )
    paths = PathResolver.of(study, config.dir)
    missing = MissingWords.of(study.missing, study.keep_na)
    tables, records, notes = StudyTables(paths, missing, catalogue, given), {}, []
    for name, place in study.records.items():
        records[name], remarks = read_records(name, place, study, tables)
        notes += remarks
    ids = union([own.ids for own in records.values()])
    notes += near_duplicates(ids)
    readers = readers_of(_readable(modalities, records, catalogue), catalogue)
    if given is None:
        check_imputed_columns(study.id, readers)
    readings = _read(records, {name: readers[name] for name in records})
    names = next((own for reader in readers.values() if (own := reader.batches())), ())
    batches = new_batches(study, tables, ids, names, batch) if names else None
    return Data(
        splits={"new": _joined(records, readings, batches=batches)},
        kind=study.origin,
        root=paths.root,
        notes=[*notes, *notes_of([readings])],
        key=study.id,
        readers=readers,
    )


def _readable(
    modalities: Modalities, records: Mapping[str, Records], catalogue: Catalogue
) -> Modalities:
    """Return the modalities of the records, and others whose values can be written as columns."""
    return {
        name: modality
        for name, modality in modalities.items()
        if name in records or catalogue.find("modality", modality.kind)[1].reader
    }


def notes_of(sides: Iterable[Mapping[str, Reading]]) -> list[str]:
    """Return the remarks on the readings of all splits, each once and with the name of its modality."""
    by_modality: dict[str, list[str | Counted]] = {}
    for readings in sides:
        for name, reading in readings.items():
            by_modality.setdefault(name, []).extend(reading.notes)
    return [f"{name}: {remark}" for name, own in by_modality.items() for remark in summed(own)]


def _read(records: Mapping[str, Records], readers: Mapping[str, Reader]) -> dict[str, Reading]:
    return {name: reader.read(records[name]) for name, reader in readers.items()}


def _joined(
    records: Mapping[str, Records],
    readings: Mapping[str, Reading],
    study: StudyRecords | None = None,
    stored: Stored | None = None,
    batches: Batches | None = None,
) -> Samples:
    """Return the outer join of the values that readers return, with what a study adds to them."""
    labels = None if study is None else study.labels
    annotations = None if study is None else study.annotations
    batches = batches if study is None else study.batches
    source = OuterJoin(
        union([records[name].ids for name in readings]),
        {name: reading.values for name, reading in readings.items()},
        {name: records[name].ids for name in readings},
        labels,
        stored,
        batches,
    )
    return Samples(
        source,
        views={name: source.view(name) for name in readings},
        items={name: int(mask.sum()) for name, mask in source.present.items()},
        labels=source.labels,
        present=source.present,
        ids=source.ids,
        records={name: records[name] for name in readings},
        annotations=None if annotations is None else annotations.of(source.ids),
        batches=batches,
    )
