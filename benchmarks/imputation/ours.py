"""mmcore, with the settings that it chooses by the data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from holes import Question, Task

from mmcore import MultimodalVAE

LEVEL, SAMPLES = 0.9, 99


class Ours:
    """A model trained on the training rows of a task; a guess and an interval for each hidden cell."""

    def __init__(self, task: Task, seed: int, choices: Mapping[str, Any]) -> None:
        self._task = task
        self.model = MultimodalVAE(random_state=seed, **choices).fit(task.views(task.train))

    def __call__(self, question: Question) -> tuple[np.ndarray, np.ndarray]:
        """Return guesses, and whether the interval of a cell has its value, NaN without an interval.

        The guess of a cell of two categories is its mean, as the other methods impute it, from the
        probability of the most likely category.
        """
        task, given = self._task, self._task.views(question.given)
        given = {name: table for name, table in given.items() if len(table)}
        table = self.model.impute_table(given, level=LEVEL, samples=SAMPLES)
        table = table.reindex(question.given.index)
        names = [f"{view}.{column}" for view, own in task.columns.items() for column in own]
        center, scale = task.center.to_numpy(), task.scale.to_numpy()
        probability = self._numbers(table, names, "__probability")
        expected = (self._expected(self._numbers(table, names, ""), probability) - center) / scale
        value, low, high = (
            (self._numbers(table, names, suffix) - center) / scale
            for suffix in ("", "__low", "__high")
        )
        value = np.where(np.isnan(expected), value, expected)
        truth = task.test.to_numpy()
        inside = np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))
        return np.nan_to_num(value), inside

    def _expected(self, likely: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Return the mean of each cell of two categories, whose most likely one is imputed; else NaN."""
        columns = (self._task.whole[name].dropna().unique() for name in self._task.whole)
        sums = np.array([x.sum() if len(x) == 2 else np.nan for x in columns])
        return likely * probability + (sums - likely) * (1 - probability)

    def _numbers(self, table: pd.DataFrame, names: list[str], suffix: str) -> np.ndarray:
        columns = [table.get(name + suffix, pd.Series(np.nan, table.index)) for name in names]
        return np.stack([pd.to_numeric(column).to_numpy(dtype=float) for column in columns], axis=1)
