"""The numbers of the training records of a study, for the choice of its linear model."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmcore.data.tables.reader import Reader
from mmcore.data.tables.records import Records
from mmcore.data.tables.sparse import fetched
from mmcore.data.tables.study import StudyRecords
from mmcore.modality import Modality

__all__ = ["linear_numbers"]

MOST_ROWS, MOST_COLUMNS = 600, 1000
"""Numbers of a modality from which the choice is made; it takes seconds then."""


def linear_numbers(
    modalities: Mapping[str, Modality],
    readers: Mapping[str, Reader],
    records: StudyRecords,
    seed: int,
) -> dict[str, Tensor] | None:
    """Return the linear features of some training records, (N, F), NaN where missing.

    Modalities without such features, see `Modality.linear_features`, are left out; None without others.
    """
    linear = {n: m for n, m in modalities.items() if _features(m, None) is not None}
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(records.train_ids), generator=generator)[:MOST_ROWS]
    ids, numbers = records.train_ids[chosen.sort().values.numpy()], {}
    for name, modality in linear.items():
        own = records.train[name]
        own = own.only(own.ids.isin(ids))
        cells = fetched(readers[name].read(own).values, torch.arange(len(own)))
        features = _features(modality, cells, _sites(own))
        assert features is not None, "of every value or of none"
        places = torch.randperm(features.shape[1], generator=generator)[:MOST_COLUMNS]
        table = features.new_full((len(ids), len(places)), torch.nan)
        table[torch.from_numpy(ids.get_indexer(own.ids))] = features[:, places.sort().values]
        numbers[name] = table
    return numbers or None


@torch.no_grad()
def _features(
    modality: Modality, cells: Tensor | None, sites: Tensor | None = None
) -> Tensor | None:
    """Return the features of stored values, those of zeros if None."""
    if cells is None:
        return modality.linear_features(torch.zeros(1, *modality.event_shape))
    shift = None if sites is None else modality.shift(sites)
    x = modality.prepare(cells)
    return modality.linear_features(x if shift is None else x - shift)


def _sites(records: Records) -> Tensor | None:
    batches = records.batches
    return None if batches is None else torch.from_numpy(batches.codes(records.ids))
