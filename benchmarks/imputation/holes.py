"""The hidden values: of whole views, of single cells, and of cells above a threshold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sets import DataSet, Views

TEST, HIDDEN_VIEWS, HIDDEN_CELLS, HIGH, HIDDEN_HIGH = 0.25, 0.3, 0.2, 0.7, 0.7
SINGLE = 3
"""Most views of a set for which each view is also imputed from each other one alone."""


@dataclass(frozen=True)
class Question:
    """Test rows with hidden cells.

    Arguments:
        name: the given and the imputed views, or the kind of the holes.
        given: test rows, NaN where hidden.
        target: the hidden cells that are scored, bool.
        view: the imputed view; empty for single cells.
    """

    name: str
    given: pd.DataFrame
    target: np.ndarray
    view: str = ""


@dataclass(frozen=True)
class Task:
    """Training rows with hidden cells, and the test rows that each method imputes.

    Arguments:
        columns: of each view.
        train: training rows in standard deviations of the visible cells, NaN where hidden.
        test: complete test rows in the same units.
        questions: the test rows with different hidden cells.
        center, scale: of the visible training cells, in the units of the data.
        whole: all rows in the units of the data.
    """

    columns: dict[str, list[str]]
    train: pd.DataFrame
    test: pd.DataFrame
    questions: list[Question]
    center: pd.Series
    scale: pd.Series
    whole: pd.DataFrame

    def views(self, table: pd.DataFrame) -> Views:
        """Return the views of rows in the units of the data, each without rows that lack it."""
        # Multiplying back would round whole numbers.
        raw = self.whole.loc[table.index].where(table.notna())
        return {name: raw[own].dropna(how="all") for name, own in self.columns.items()}


def tasks(data: DataSet, holes: str, seed: int) -> Task:
    """Return the task of a data set; ``holes`` is views, cells or threshold."""
    random = np.random.default_rng(seed)
    columns = {name: list(table) for name, table in data.views.items()}
    whole = pd.concat(data.views.values(), axis=1)
    test = np.isin(
        np.arange(len(whole)), random.permutation(len(whole))[: round(TEST * len(whole))]
    )
    hide = {"views": _views, "cells": _cells, "threshold": _high}[holes]
    seen = whole[~test].mask(hide(whole[~test], columns, random))
    center, scale = seen.mean(), seen.std(ddof=0).replace(0, 1)
    train, rows = (seen - center) / scale, (whole[test] - center) / scale
    if holes == "views":
        questions = list(_each_view(rows, columns))
    else:
        hidden = hide(rows, columns, random)
        questions = [Question(holes, rows.mask(hidden), hidden)]
    return Task(columns, train, rows, questions, center, scale, whole)


def _each_view(rows: pd.DataFrame, columns: dict[str, list[str]]) -> Iterator[Question]:
    for target, own in columns.items():
        others = [name for name in columns if name != target]
        subsets = [[n] for n in others] if 2 < len(columns) <= SINGLE else []
        for given in [others, *subsets]:
            names = [c for name in given for c in columns[name]]
            is_own = rows.columns.isin(own)
            hidden = rows.where(rows.columns.isin(names)[None, :].repeat(len(rows), 0))
            name = (
                f"{'+'.join(given) if given != others or len(given) < 4 else 'others'} > {target}"
            )
            yield Question(name, hidden, np.tile(is_own, (len(rows), 1)), target)


def _views(rows: pd.DataFrame, columns: dict[str, list[str]], random: np.random.Generator):
    """Hide views at random; every row keeps one."""
    hidden = random.random((len(rows), len(columns))) < HIDDEN_VIEWS
    hidden[np.arange(len(rows)), random.integers(len(columns), size=len(rows))] = False
    return np.repeat(hidden, [len(own) for own in columns.values()], axis=1)


def _cells(rows: pd.DataFrame, columns: dict[str, list[str]], random: np.random.Generator):
    return random.random(rows.shape) < HIDDEN_CELLS


def _high(rows: pd.DataFrame, columns: dict[str, list[str]], random: np.random.Generator):
    """Hide most of the high cells of every second column: they are not missing at random."""
    high = rows.to_numpy() > np.nanquantile(rows.to_numpy(), HIGH, axis=0)
    return high & (random.random(rows.shape) < HIDDEN_HIGH) & (np.arange(rows.shape[1]) % 2 == 0)
