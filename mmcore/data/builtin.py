"""The data sets of modalities: real files, a download, or the embedded sample."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch

from mmcore.config import DataConfig, ModalityConfig
from mmcore.data.data import Data, Samples, Stored
from mmcore.data.dataset import Dataset, FilesMissing, Split
from mmcore.data.fingerprint import Inputs, item_digests
from mmcore.data.joining import pair_views
from mmcore.data.pairing import Paired
from mmcore.data.view import View
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue, Context
from mmcore.storage.files import data_folder

__all__ = ["datasets_of", "open_datasets"]

Views = dict[str, View]


def datasets_of(
    modalities: Mapping[str, ModalityConfig], catalogue: Catalogue
) -> dict[str, Dataset]:
    """Return the data set of each modality.

    Raises:
        MmcoreError: a modality has no data set.
    """
    datasets = {}
    for name, modality in modalities.items():
        factory = catalogue.dataset(modality.kind)
        if factory is None:
            raise MmcoreError(
                f"modality '{modality.kind}' has no data set; use it with a study file, see"
                " mmcore data init"
            )
        settings = catalogue.settings("modality", modality.kind, modality.settings)
        datasets[name] = factory(settings, Context(name=name, catalogue=catalogue))
    return datasets


def open_datasets(
    datasets: Mapping[str, Dataset], config: DataConfig, seed: int, stored: Stored | None = None
) -> Data:
    """Return the data of data sets, joined by key or paired by label; see `mmcore.data.open_data`.

    Raises:
        MmcoreError: ``config.mode`` is ``real`` and files are missing, or a file is corrupt.
    """
    root = data_folder(config.dir)
    real, notes = _real(datasets, config, root)
    if real is not None:
        notes = [note for dataset in datasets.values() for note in dataset.notes(root)]
        notes += _licenses(datasets)
    views = real or (_samples(datasets, "train"), _samples(datasets, "test"))
    items = item_digests(views[0], "training") | item_digests(views[1], "test")
    train, test = (_stored(split, stored or {}) for split in views)
    return Data(
        splits={"train": _paired(train, config.pairings, seed), "test": _paired(test, 1, seed)},
        kind="sample" if real is None else _origin(datasets),
        root=None if real is None else root,
        notes=notes,
        drop=config.drop,
        seed=seed,
        inputs=Inputs(samples=items),
    )


def _origin(datasets: Mapping[str, Dataset]) -> Literal["real", "built"]:
    return "built" if any(d.origin == "built" for d in datasets.values()) else "real"


def _licenses(datasets: Mapping[str, Dataset]) -> list[str]:
    """Return a line for each license, not for each modality that is under it."""
    under: dict[str, list[str]] = {}
    for name, dataset in datasets.items():
        under.setdefault(dataset.license, []).append(name)
    return [f"license of {', '.join(names)}: {text}" for text, names in under.items() if text]


def _real(
    datasets: Mapping[str, Dataset], config: DataConfig, root: Path
) -> tuple[tuple[Views, Views] | None, list[str]]:
    if config.mode == "sample":
        return None, []
    try:
        return _loaded(datasets, root), []
    except FilesMissing as missing:
        if config.mode == "real":
            raise MmcoreError(
                f"real data is not in '{root}', missing are {missing}; name the folder with --data-dir"
                " or MMCORE_DATA, or leave out --data real"
            ) from missing
    try:
        for dataset in datasets.values():
            _complete(dataset, root)
        return _loaded(datasets, root), []
    except (OSError, FilesMissing) as refused:
        return None, [f"no real data in '{root}', and the download failed ({refused})"]


def _complete(dataset: Dataset, root: Path) -> None:
    try:
        dataset.load(root, "train")
        dataset.load(root, "test")
    except FilesMissing:
        root.mkdir(parents=True, exist_ok=True)
        dataset.download(root)


def _loaded(datasets: Mapping[str, Dataset], root: Path) -> tuple[Views, Views]:
    train = {name: dataset.load(root, "train") for name, dataset in datasets.items()}
    return train, {name: dataset.load(root, "test") for name, dataset in datasets.items()}


def _samples(datasets: Mapping[str, Dataset], split: Split) -> Views:
    return {name: dataset.sample(split) for name, dataset in datasets.items()}


def _stored(views: Views, stored: Stored) -> Views:
    return {name: stored[name](view) if name in stored else view for name, view in views.items()}


def _paired(views: Views, pairings: int, seed: int) -> Samples:
    source = Paired(views, pair_views(views, pairings, seed))
    everywhere = torch.ones(len(source), dtype=torch.bool)
    return Samples(
        source,
        views=views,
        items={name: len(view) for name, view in views.items()},
        labels=source.labels,
        present=dict.fromkeys(views, everywhere),
    )
