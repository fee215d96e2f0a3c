"""The first records of a study as the model receives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.study import StudyConfig
from mmcore.data.tables.fit import fit_study
from mmcore.data.tables.open import readers_of
from mmcore.data.tables.sparse import fetched
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue, Context

__all__ = ["ShownRecords", "show_records"]

FIRST = 5
"""Records that are shown."""


@dataclass(frozen=True, slots=True)
class ShownRecords:
    """Some records of one modality.

    Shapes:
        values: (N, *E), as the model receives them. pictures: (N, channels, height, width), in [0, 1].

    Arguments:
        ids: of the records.
        values: as the model receives them.
        cells: by column, as `Reader.write` returns them; empty if the modality has no columns.
        texts: of the records, if the modality has texts.
        pictures: of the records, if the modality has pictures.
    """

    ids: Sequence[str]
    values: Tensor
    cells: dict[str, np.ndarray]
    texts: list[str] | None
    pictures: Tensor | None


@torch.no_grad()
def show_records(
    study: StudyConfig,
    base: Path,
    catalogue: Catalogue,
    data_dir: Path | None = None,
    modality: str | None = None,
    key: str | None = None,
) -> dict[str, ShownRecords]:
    """Return the first records by modality, or those of one id.

    Arguments:
        study: content of the study file.
        base: folder of the file.
        catalogue: where modalities are found.
        data_dir: the data folder, see ``--data-dir``.
        modality: the only one that is returned.
        key: an id; the first training ids by default.

    Raises:
        MmcoreError: the study cannot be read, or has no such modality or id.
    """
    fit = fit_study(study, base, catalogue, data_dir)
    sides = fit.study.train, fit.study.test
    names = list(fit.config.model.modalities) if modality is None else [modality]
    _check("modality", names, fit.config.model.modalities)
    every = fit.study.train_ids.append(fit.study.test_ids)
    ids = fit.study.train_ids[:FIRST] if key is None else pd.Index([key])
    _check("id", ids, every)
    readers = readers_of(fit.config.model.modalities, catalogue)
    shown = {}
    for name in names:
        records = [side[name].only(side[name].ids.isin(ids)) for side in sides]
        own = next((some for some in records if len(some)), None)
        if own is not None:
            config = fit.config.model.modalities[name]
            model = Context(name=name, catalogue=catalogue).make(
                "modality", config.kind, config.settings
            )
            stored = readers[name].read(own).values
            values = model.prepare(fetched(stored, torch.arange(len(own))))
            cells = readers[name].write(values) if readers[name].columns() else {}
            shown[name] = ShownRecords(
                list(own.ids), values, cells, model.texts(values), model.render(values)
            )
    return shown


def _check(what: str, wanted: Sequence[str] | pd.Index, known: Sequence[str] | pd.Index) -> None:
    for name in wanted:
        if name not in known:
            raise MmcoreError(
                f"the study has no {what} '{name}'{nearest(str(name), map(str, known)) or ';'} mmcore data"
                " check lists what it has"
            )
