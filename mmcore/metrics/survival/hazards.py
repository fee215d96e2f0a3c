"""Cox models on the content, and their concordance with observed times."""

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from mmcore.data.tables.annotations import EVENT, TIME
from mmcore.errors import MmcoreError
from mmcore.noise import derived_seed

__all__ = ["LEAST_EVENTS", "Concordance", "Cox", "concordance", "fitted", "survival_package"]

LEAST_EVENTS = 5
PENALTY = 0.1
"""Factor of the squared coefficients, in units of the mean partial likelihood."""
REPEATS = 200
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Cox:
    r"""A proportional-hazards model, :math:`h(t | c) = h_0(t) \exp(\beta^T z)` of standardized content z.

    Shapes:
        average, spread, weights, errors: (D,); the weight of a constant dimension is 0.

    Arguments:
        average: of the training samples.
        spread: their standard deviation.
        weights: the log hazard ratio for one standard deviation.
        errors: standard errors of the weights.
        rows: number of training samples.
        events: number of events among them.
    """

    average: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    errors: np.ndarray
    rows: int
    events: int

    def risk(self, content: np.ndarray) -> np.ndarray:
        """Return the log of the relative hazard, (N,), of content, (N, D)."""
        risk: np.ndarray = ((content - self.average) / self.spread) @ self.weights
        return risk


@dataclass(frozen=True, slots=True)
class Concordance:
    """The share of comparable pairs of samples in which the one with the higher risk had the event first.

    Arguments:
        value: the share; 0.5 for random risks.
        error: its standard error, over bootstrap samples.
        low: lower end of the central 95 % of the bootstrap samples.
        high: upper end.
        rows: number of samples.
        events: number of events among them.
    """

    value: float
    error: float
    low: float
    high: float
    rows: int
    events: int


def survival_package(name: str) -> Any:
    """Return a module of lifelines.

    Raises:
        MmcoreError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MmcoreError(
            f"survival needs the package {error.name}, which is not installed; install it by"
            " pip install 'mmcore[survival]'"
        ) from error


def fitted(content: np.ndarray, survival: pd.DataFrame) -> Cox | None:
    """Return the model of content, (N, D); None with fewer than five events, or constant content.

    Raises:
        MmcoreError: lifelines is not installed, or the model does not converge.
    """
    lifelines = survival_package("lifelines")
    events = int(survival[EVENT].sum())
    average, spread = content.mean(0), content.std(0)
    varying = spread > 1e-6
    if events < LEAST_EVENTS or not varying.any():
        return None
    spread = np.where(varying, spread, 1.0)
    standard = pd.DataFrame(((content - average) / spread)[:, varying]).add_prefix("z")
    frame = standard.assign(**{n: survival[n].to_numpy() for n in (TIME, EVENT)})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # remarks on correlated columns, which the penalty is for
            model = lifelines.CoxPHFitter(penalizer=PENALTY).fit(frame, TIME, EVENT)
    except lifelines.exceptions.ConvergenceError as error:
        raise MmcoreError(f"the Cox model of {len(content)} samples does not converge") from error
    weights, errors = np.zeros(len(average)), np.zeros(len(average))
    weights[varying], errors[varying] = model.params_, model.standard_errors_
    return Cox(average, spread, weights, errors, len(content), events)


def concordance(risk: np.ndarray, survival: pd.DataFrame, seed: int = 0) -> Concordance | None:
    """Return the concordance of risks, (N,), with times; None if no pair of samples is comparable."""
    right, comparable = _pairs(risk, survival[TIME].to_numpy(), survival[EVENT].to_numpy() > 0)
    if not comparable.any():
        return None
    rows, events = len(risk), int(survival[EVENT].sum())
    random = np.random.default_rng(derived_seed("concordance", seed))
    counts = random.multinomial(rows, np.full(rows, 1 / rows), REPEATS).astype(np.float32)
    # A bootstrap sample in which row i occurs n_i times has n_i n_j pairs of i and j.
    totals = ((counts @ comparable) * counts).sum(1)
    shares = ((counts @ right) * counts).sum(1)[totals > 0] / totals[totals > 0]
    value = float(right.sum(dtype=float) / comparable.sum(dtype=float))
    low, high = map(float, np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return Concordance(value, float(shares.std()), low, high, rows, events)


def _pairs(
    risk: np.ndarray, times: np.ndarray, events: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs (i, j) are comparable, i having the event first, and which are right, (N, N).

    A pair of equal risks is half right. A sample that is censored at the time of an event is later.
    """
    earlier = times[:, None] < times
    censored_then = (times[:, None] == times) & ~events
    comparable = ((earlier | censored_then) & events[:, None]).astype(np.float32)
    difference = risk[:, None] - risk
    return comparable * np.where(difference == 0, 0.5, difference > 0).astype(
        np.float32
    ), comparable
