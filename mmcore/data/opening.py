"""From the names of modalities to data: real files, a download, or the embedded sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from torch import Tensor

from mmcore.config import DataConfig
from mmcore.data.dataset import Dataset, FilesMissing, Split
from mmcore.data.dropping import Dropped
from mmcore.data.joining import joined
from mmcore.data.pairing import Paired
from mmcore.data.source import Source
from mmcore.data.view import View
from mmcore.errors import MmcoreError
from mmcore.files import data_folder

__all__ = ["OpenedData", "open_data"]

Views = dict[str, View]


@dataclass(frozen=True, slots=True)
class OpenedData:
    """Data for training and testing, and what there is to say of it.

    Arguments:
        train: samples for training.
        probe: the same samples with nothing hidden, for fitting linear probes.
        test: held-out samples.
        kind: ``real`` or ``sample``; one word for all modalities, which are never mixed.
        root: where real data was found.
        notes: remarks to show.
        items: by modality, how many items the training and the test split have.
        train_views: the unimodal items that training samples are made of.
        test_views: the same of held-out samples.
        test_present: by modality, which held-out samples have it, (N,); all, where it is left out.
        classes: what the labels stand for, where they have names.
    """

    train: Source
    probe: Source
    test: Source
    kind: Literal["real", "sample"]
    root: Path | None
    notes: list[str] = field(default_factory=list)
    items: dict[str, dict[str, int]] = field(default_factory=dict)
    train_views: Views = field(default_factory=dict)
    test_views: Views = field(default_factory=dict)
    test_present: dict[str, Tensor] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @property
    def label_names(self) -> Sequence[str] | None:
        """The name of each attribute, where labels are attributes that have one."""
        return next((view.label_names for view in self.test_views.values()), None)


def open_data(
    datasets: Mapping[str, Dataset],
    config: DataConfig,
    seed: int,
    stored: Mapping[str, Callable[[View], View]] | None = None,
) -> OpenedData:
    """Return the data of several modalities, joined by key or paired by label.

    Arguments:
        datasets: where it comes from, by name.
        config: which of it.
        seed: of pairs, and of what is hidden.
        stored: `Modality.stored` by name; what is left out is stored as it comes.

    Raises:
        MmcoreError: ``real`` data was asked for and is not there, or a file is corrupt.
    """
    root = data_folder(config.dir)
    real, notes = _real(datasets, config, root)
    if real is not None:
        notes = [note for dataset in datasets.values() for note in dataset.notes(root)]
        notes += _licences(datasets)
    found = real or (_samples(datasets, "train"), _samples(datasets, "test"))
    train, test = (_stored(views, stored or {}) for views in found)
    source = _paired(train, config.pairings, seed)
    hidden = Dropped(source, config.drop, len(train), seed) if config.drop else source
    return OpenedData(
        train=hidden,
        probe=source,
        test=_paired(test, 1, seed),
        kind="sample" if real is None else "real",
        root=None if real is None else root,
        notes=notes,
        items={name: {"train": len(train[name]), "test": len(test[name])} for name in train},
        train_views=train,
        test_views=test,
    )


def _licences(datasets: Mapping[str, Dataset]) -> list[str]:
    """Return a line for each licence, not for each modality that is under it."""
    under: dict[str, list[str]] = {}
    for name, dataset in datasets.items():
        under.setdefault(dataset.licence, []).append(name)
    return [f"licence of {', '.join(names)}: {text}" for text, names in under.items() if text]


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
                f"real data is not in '{root}', looked for {missing}; name the folder with --data-dir"
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


def _stored(views: Views, stored: Mapping[str, Callable[[View], View]]) -> Views:
    return {name: stored[name](view) if name in stored else view for name, view in views.items()}


def _paired(views: Views, pairings: int, seed: int) -> Source:
    return Paired(views, joined(views, pairings, seed))
