"""Kaplan-Meier curves of two groups of samples."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from mmcore.data.tables.annotations import EVENT, TIME
from mmcore.metrics.survival.hazards import survival_package
from mmcore.terminal.escaping import drawn

__all__ = ["Curve", "RiskGroups", "curves", "risk_groups"]

LINES = (("0.1", "-"), ("0.5", "--"))
"""Shade and dashes of each group, which are distinguished in grey."""
TICKS = 5
"""Most intervals between the marks of the axis of times."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The estimate of Kaplan and Meier of one group.

    Shapes:
        times: (T,), from 0. share: (T,), without an event until then. low, high: (T,), pointwise
            interval that covers .95.

    Arguments:
        rows: number of samples.
        events: number of events among them.
        median: time until which half of the samples have the event; None if it is not reached.
        observed: times of all samples, (N,).
    """

    times: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rows: int
    events: int
    median: float | None
    observed: np.ndarray

    def at_risk(self, time: float) -> int:
        """Return how many samples are observed at ``time`` or longer."""
        return int((self.observed >= time).sum())


@dataclass(frozen=True, slots=True)
class RiskGroups:
    """The curves of samples of low and of high risk, and how probable such a difference is by chance.

    Arguments:
        by_name: a curve for each group that has samples.
        p: of the log-rank test; None if there is one group, or no event.
    """

    by_name: dict[str, Curve]
    p: float | None


def risk_groups(survival: pd.DataFrame, is_high: np.ndarray) -> RiskGroups:
    """Return the curves of two groups, ``low risk`` and ``high risk``.

    Raises:
        MmcoreError: lifelines is not installed.
    """
    parts = {"low risk": survival[~is_high], "high risk": survival[is_high]}
    parts = {name: part for name, part in parts.items() if len(part)}
    p = None
    if len(parts) == 2 and survival[EVENT].any():
        test = survival_package("lifelines.statistics").logrank_test
        low, high = parts.values()
        p = float(test(low[TIME], high[TIME], low[EVENT], high[EVENT]).p_value)
    return RiskGroups({name: _curve(part) for name, part in parts.items()}, p)


def curves(groups: RiskGroups, unit: str) -> Drawing:
    """Draw the curves of groups, with the numbers at risk below.

    Arguments:
        groups: the curves.
        unit: name of the column of times.
    """
    figure = Drawing(figsize=(6.0, 4.4), layout="constrained")
    axes = figure.subplots()
    for (name, curve), (shade, dashes) in zip(groups.by_name.items(), LINES, strict=False):
        label = f"{name} ({curve.rows} samples, {curve.events} events)"
        axes.step(curve.times, curve.share, dashes, where="post", color=shade, label=drawn(label))
        axes.fill_between(
            curve.times, curve.low, curve.high, step="post", color=shade, alpha=0.15, linewidth=0
        )
    last = max(float(curve.observed.max()) for curve in groups.by_name.values())
    ticks = [time for time in MaxNLocator(TICKS).tick_values(0, last) if 0 <= time <= last]
    axes.set_xticks(ticks, [_tick(groups, time) for time in ticks], fontsize=8)
    axes.set_ylim(0, 1.03)
    axes.set_ylabel("share without the event", fontsize=9)
    below = ", ".join(groups.by_name)
    axes.set_xlabel(drawn(f"{unit}; below, samples at risk: {below}"), fontsize=9)
    axes.legend(fontsize=8, loc="upper right")
    if groups.p is not None:
        axes.set_title(drawn(f"log-rank test: p = {groups.p:.2g}"), fontsize=9)
    return figure


def _tick(groups: RiskGroups, time: float) -> str:
    return "\n".join([f"{time:.4g}", *(str(c.at_risk(time)) for c in groups.by_name.values())])


def _curve(part: pd.DataFrame) -> Curve:
    model = survival_package("lifelines").KaplanMeierFitter().fit(part[TIME], part[EVENT])
    estimate, ends = model.survival_function_, model.confidence_interval_
    median = float(model.median_survival_time_)
    return Curve(
        times=estimate.index.to_numpy(),
        share=estimate.iloc[:, 0].to_numpy(),
        low=ends.iloc[:, 0].to_numpy(),
        high=ends.iloc[:, 1].to_numpy(),
        rows=len(part),
        events=int(part[EVENT].sum()),
        median=median if np.isfinite(median) else None,
        observed=part[TIME].to_numpy(),
    )
