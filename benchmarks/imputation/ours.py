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
        """Return guesses, and whether the interval of a cell has its value, NaN without an interval."""
        task, given = self._task, self._task.views(question.given)
        given = {name: table for name, table in given.items() if len(table)}
        table = self.model.impute_table(given, level=LEVEL, samples=SAMPLES)
        table = table.reindex(question.given.index)
        names = [f"{view}.{column}" for view, own in task.columns.items() for column in own]
        center, scale = task.center.to_numpy(), task.scale.to_numpy()
        value, low, high = (
            (self._numbers(table, names, suffix) - center) / scale
            for suffix in ("", "__low", "__high")
        )
        truth = task.test.to_numpy()
        inside = np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))
        return np.nan_to_num(value), inside

    def _numbers(self, table: pd.DataFrame, names: list[str], suffix: str) -> np.ndarray:
        columns = [table.get(name + suffix, pd.Series(np.nan, table.index)) for name in names]
        return np.stack([pd.to_numeric(column).to_numpy(dtype=float) for column in columns], axis=1)
