"""The methods that people use: each is fitted to a task, and fills the test rows of its questions."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np
import pandas as pd
from holes import Question, Task
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes the next line work
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.linear_model import RidgeCV

Filler = Callable[[Question], np.ndarray]
PENALTIES = np.logspace(-1, 5, 13)
NEAREST, TREES_AT_MOST, FACTORS, MOFA_AT_MOST = 40, 60, 15, 700
"""Columns from which one is imputed; most columns of a set for trees; factors; columns for MOFA."""


def column_mean(task: Task, seed: int) -> Filler:
    """Return the column mean, which is 0 in the units of the task."""
    return lambda question: np.zeros(question.given.shape)


def neighbors(task: Task, seed: int) -> Filler:
    imputer = KNNImputer(n_neighbors=15, keep_empty_features=True).fit(task.train)
    return lambda question: imputer.transform(question.given)


def iterative(task: Task, seed: int) -> Filler:
    nearest = NEAREST if task.train.shape[1] > TREES_AT_MOST else None
    imputer = IterativeImputer(random_state=seed, n_nearest_features=nearest, max_iter=10)
    imputer.fit(task.train)
    return lambda question: imputer.transform(question.given)


def trees(task: Task, seed: int) -> Filler | None:
    """Return missForest with extremely randomized trees, for tables of few columns."""
    if task.train.shape[1] > TREES_AT_MOST:
        return None
    forest = ExtraTreesRegressor(50, min_samples_leaf=3, random_state=seed)
    imputer = IterativeImputer(forest, max_iter=3, random_state=seed).fit(task.train)
    return lambda question: imputer.transform(question.given)


def ridge(task: Task, seed: int) -> Filler:
    """Return a ridge regression made for each question, its penalty chosen by leave-one-out.

    For single cells it is one regression for each column, in which missing cells have the mean.
    """

    def views(question: Question) -> np.ndarray:
        given = question.given.columns[question.given.notna().any()]
        rows = task.train.dropna(subset=[*given, *task.columns[question.view]])
        wanted = task.columns[question.view]
        model = RidgeCV(PENALTIES).fit(rows[given].to_numpy(), rows[wanted].to_numpy())
        out = np.zeros(question.given.shape)
        out[:, question.given.columns.isin(wanted)] = model.predict(
            question.given[given].to_numpy()
        ).reshape(len(out), -1)
        return out

    def cells(question: Question) -> np.ndarray:
        out, x, known = (
            t.fillna(0).to_numpy() for t in (question.given, question.given, task.train)
        )
        for place, column in enumerate(task.train):
            if question.target[:, place].any():
                seen = task.train[column].notna().to_numpy()
                others = np.arange(known.shape[1]) != place
                model = RidgeCV(PENALTIES).fit(known[np.ix_(seen, others)], known[seen, place])
                out[:, place] = model.predict(x[:, others])
        return out

    return lambda question: views(question) if question.view else cells(question)


def soft_impute(task: Task, seed: int) -> Filler:
    """Return SoftImpute (Mazumder et al. 2010) of the training and the test rows together.

    The penalty, relative to the largest singular value, is chosen on a tenth of the visible cells.
    """
    random = np.random.default_rng(seed)
    x = task.train.to_numpy()
    out = ~np.isnan(x) & (random.random(x.shape) < 0.1)
    train = np.where(out, np.nan, x)
    shares = (0.02, 0.05, 0.1, 0.2, 0.4)
    errors = [np.mean((_shrunk(train, share) - x)[out] ** 2) for share in shares]
    best = shares[int(np.argmin(errors))]
    return lambda question: _shrunk(np.concatenate([x, question.given]), best)[len(x) :]


def _shrunk(x: np.ndarray, share: float, rounds: int = 60) -> np.ndarray:
    seen, filled = ~np.isnan(x), np.nan_to_num(x)
    penalty = share * np.linalg.norm(filled, 2)
    for _ in range(rounds):
        left, values, right = np.linalg.svd(filled, full_matrices=False)
        low = (left * np.maximum(values - penalty, 0)) @ right
        filled = np.where(seen, x, low)
    return low


def mofa(task: Task, seed: int) -> Filler | None:
    """Return MOFA+ (mofapy2): its weights, and the exact posterior of the factors of the test rows."""
    if task.train.shape[1] > MOFA_AT_MOST:
        return None
    try:
        from mofapy2.run.entry_point import entry_point
    except ImportError:
        return None
    with redirect_stdout(io.StringIO()):
        entry = entry_point()
        entry.set_data_options(scale_views=False)
        entry.set_data_matrix([[task.train[own].to_numpy()] for own in task.columns.values()])
        entry.set_model_options(factors=min(FACTORS, min(task.train.shape) // 2))
        entry.set_train_options(iter=300, convergence_mode="fast", seed=seed, quiet=True)
        entry.build()
        entry.run()
        nodes = entry.model.getExpectations()
    weights = np.concatenate([w["E"] for w in nodes["W"]])
    precision = np.concatenate(
        [
            np.asarray(t["E"]).reshape(-1, w["E"].shape[0])[0]
            for t, w in zip(nodes["Tau"], nodes["W"], strict=True)
        ]
    )

    def fill(question: Question) -> np.ndarray:
        x = question.given.to_numpy()
        return np.stack([_posterior_mean(row, weights, precision) for row in x]) @ weights.T

    return fill


def _posterior_mean(row: np.ndarray, weights: np.ndarray, precision: np.ndarray) -> np.ndarray:
    seen = ~np.isnan(row)
    scaled = weights[seen].T * precision[seen]
    return np.linalg.solve(scaled @ weights[seen] + np.eye(weights.shape[1]), scaled @ row[seen])


BASELINES: dict[str, Callable[[Task, int], Filler | None]] = {
    "column mean": column_mean,
    "15 neighbors": neighbors,
    "iterative": iterative,
    "trees": trees,
    "ridge": ridge,
    "soft impute": soft_impute,
    "MOFA+": mofa,
}


def filled(question: Question, guess: np.ndarray) -> pd.DataFrame:
    """Return the guess as a table."""
    return pd.DataFrame(guess, question.given.index, question.given.columns)
