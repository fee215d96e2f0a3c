"""Calibration of draws: coverage at several levels, the histogram of the PIT, and CRPS."""

from collections.abc import Iterable, Mapping
from math import isnan

from matplotlib.figure import Figure as Drawing

from mmcore.metrics.base import Figure
from mmcore.metrics.imputation.held_out import BINS, DRAWS, LEVELS, HeldOutResult
from mmcore.reporting.record import Column, FigureRecord, Table
from mmcore.terminal.escaping import drawn

__all__ = ["calibration_tables", "pit_figures"]

GIVEN = "Each modality is imputed from all others that a held-out record has"
READING = (
    "Density of the randomized probability integral transform: the place of a value among"
    f" {DRAWS} draws of its predictive distribution, from 0 to 1. It is 1 everywhere if the predictive"
    " distributions are right; high at both ends if they are too narrow, high in the middle if they are too"
    " wide, and high at one end if they are shifted."
)


def calibration_tables(results: Mapping[str, HeldOutResult]) -> list[Table]:
    """Return the tables of results by modality; none without a result."""
    if not results:
        return []
    numbers = {name: one for name, one in results.items() if one.coverage}
    return [*([_coverage(numbers)] if numbers else []), _histogram(results), _scores(results)]


def _coverage(results: Mapping[str, HeldOutResult]) -> Table:
    levels = {
        f"{level:.2f}": tuple(one.coverage[place] for one in results.values())
        for place, level in enumerate(LEVELS)
    }
    return Table(
        name="coverage by level",
        about=f"{GIVEN}. Share of numbers that are in the central interval of each"
        " level; if it is below the level, intervals are too narrow.",
        row_label="level",
        columns=tuple(Column(name=name) for name in results),
        rows=levels,
        n=_counts(levels, results),
        topic="imputation",
    )


def _histogram(results: Mapping[str, HeldOutResult]) -> Table:
    bins = {
        f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}": tuple(
            float(one.pit[place]) * BINS for one in results.values()
        )
        for place in range(BINS)
    }
    return Table(
        name="PIT histogram",
        folded=True,
        about=f"{GIVEN}. {READING}",
        row_label="PIT",
        columns=tuple(Column(name=name) for name in results),
        rows=bins,
        n=_counts(bins, results),
        topic="imputation",
    )


def _scores(results: Mapping[str, HeldOutResult]) -> Table:
    scores = {name: one.score for name, one in results.items()}
    return Table(
        name="CRPS",
        about=f"{GIVEN}. Continuous ranked probability score, mean over elements, in units (for columns of"
        " tables in standard deviations): the mean absolute error of a distribution, lower if it is both"
        " sharp and calibrated. For categories, half of the Brier score.",
        row_label="imputed",
        columns=(Column(name="CRPS"),),
        rows={name: (score,) for name, (score, _) in scores.items()},
        errors={name: (None if isnan(error) else error,) for name, (_, error) in scores.items()},
        n={name: (len(one.crps),) for name, one in results.items()},
        topic="imputation",
    )


def _counts(
    rows: Iterable[str], results: Mapping[str, HeldOutResult]
) -> dict[str, tuple[int, ...]]:
    return dict.fromkeys(rows, tuple(len(one.crps) for one in results.values()))


def pit_figures(results: Mapping[str, HeldOutResult]) -> list[Figure]:
    """Return the figure of the PIT histograms; none without a result."""
    if not results:
        return []
    counts = ", ".join(f"{name}: {len(one.crps)}" for name, one in results.items())
    record = FigureRecord(
        name="pit",
        title="Calibration of imputed values: PIT histograms",
        about=f"{GIVEN} ({counts} records). {READING}",
        alt=f"Histograms of the probability integral transform of {', '.join(results)}, with a line at 1.",
        topic="imputation",
    )
    return [Figure(record, _drawing(results))]


def _drawing(results: Mapping[str, HeldOutResult]) -> Drawing:
    columns = min(3, len(results))
    height = -(-len(results) // columns)
    figure = Drawing(figsize=(3.2 * columns, 2.4 * height), layout="constrained")
    panels = figure.subplots(height, columns, squeeze=False, sharey=True).flat
    for axes, (name, one) in zip(panels, results.items(), strict=False):
        left = [place / BINS for place in range(BINS)]
        density = (one.pit * BINS).tolist()
        axes.bar(left, density, 1 / BINS, align="edge", color="0.75", edgecolor="0.25")
        axes.axhline(1, color="black", linestyle="--", linewidth=1)
        axes.set_title(drawn(name), fontsize=10)
        axes.set_xlabel("place among the draws (PIT)", fontsize=8)
        axes.set_ylabel("density", fontsize=8)
    for axes in figure.axes[len(results) :]:
        axes.set_axis_off()
    return figure
