"""Folds of the training records of a study, and the error of imputation on a fold that is held out."""

from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedGroupKFold

from mmcore.config.study import StudyConfig, StudyData
from mmcore.data.tables import StudyRecords
from mmcore.data.tables.fit import fit_study
from mmcore.data.tables.groups import groups_of, is_grouped
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.reading import StudyTables
from mmcore.errors import MmcoreError
from mmcore.estimator.training import Trained, train
from mmcore.inference.representation.batches import encoded
from mmcore.metrics.imputation.baseline_comparison import observed_results
from mmcore.metrics.imputation.held_out import HeldOutResult
from mmcore.noise import derived_seed
from mmcore.plugins import Catalogue

__all__ = ["Folds", "imputation_error"]

ROWS = 500
"""Most held-out records of a fold that are imputed."""


@dataclass(frozen=True, slots=True)
class Folds:
    """The training records of a study, split several times; the test records are in none of the splits.

    Arguments:
        splits: in each, ``test`` has the records of one fold and ``train`` those of the others.
        catalogue: where components are found.
    """

    splits: tuple[StudyRecords, ...]
    catalogue: Catalogue

    @classmethod
    def of(
        cls, study: StudyData, records: StudyRecords, number: int, seed: int, catalogue: Catalogue
    ) -> "Folds":
        """Return folds of about equal size; ids of one group, as in ``split.by``, stay together.

        Raises:
            MmcoreError: there are fewer groups than folds.
        """
        ids = records.train_ids
        groups = pd.Series(ids, index=ids)
        if is_grouped(study):
            missing = MissingWords.of(study.missing, study.keep_na)
            groups = groups_of(study, ids, StudyTables(records.paths, missing, catalogue))
        if groups.nunique() < 2 * number:
            raise MmcoreError(
                f"{number} folds need {2 * number} training records or groups of them, and the study has"
                f" {groups.nunique()}; decrease --folds, or add records"
            )
        random = derived_seed("folds", seed) % 2**32
        folds = StratifiedGroupKFold(number, shuffle=True, random_state=random)
        held = [rows for _, rows in folds.split(ids, np.zeros(len(ids)), groups)]
        return cls(tuple(_split(records, ids[rows]) for rows in held), catalogue)

    def error(self, study: StudyConfig, fold: int) -> float:
        """Return the imputation error on a fold, of a model that is trained on the others.

        Raises:
            MmcoreError: the study cannot be trained.
        """
        records = self.splits[fold]
        fit = fit_study(study, records.paths.base, self.catalogue, records=records)
        return imputation_error(train(fit, self.catalogue), study.seed)


def imputation_error(trained: Trained, seed: int) -> float:
    """Return the mean error over modalities, each imputed from all others that a held-out record has.

    The error of a modality is the root mean squared error of its numbers, in units such as standard
    deviations, the share of its wrong categories, or the mean of both.

    Arguments:
        trained: a model, with held-out records in the test split.
        seed: which records, at most `ROWS`, and draws.

    Raises:
        MmcoreError: no held-out record has two modalities.
    """
    model, held_out = trained.model, trained.data.test
    generator = torch.Generator().manual_seed(derived_seed("held-out", seed))
    rows = torch.randperm(len(held_out), generator=generator)[:ROWS]
    batch = encoded(model, held_out, rows, seed)
    results = observed_results(model.codec, model.generation, batch.encoding, batch.noise)
    errors = [error for result in results.values() if (error := _error(result)) is not None]
    if not errors:
        raise MmcoreError(
            "no held-out record has two modalities, so that one could be imputed from the other; decrease"
            " --folds, or name more files under 'modalities'"
        )
    return fmean(errors)


def _error(result: HeldOutResult) -> float | None:
    parts = [part for part in (result.errors.rmse(), result.errors.share()) if part is not None]
    return fmean(parts) if parts else None


def _split(records: StudyRecords, held: pd.Index) -> StudyRecords:
    inside = {name: own.ids.isin(held) for name, own in records.train.items()}
    train = {name: own.only(~inside[name]) for name, own in records.train.items()}
    test = {name: own.only(inside[name]) for name, own in records.train.items()}
    return replace(records, train=train, test=test, labels=None, notes=[], annotations=None)
