"""Tables of calibration: coverage at several levels, the histogram of the PIT, and CRPS."""

from collections.abc import Mapping

from mmcore.metrics.held_out import BINS, DRAWS, LEVELS, Answer
from mmcore.reporting.record import Column, Table

__all__ = ["calibration_tables"]

GIVEN = "Each modality is imputed from all others that a held-out record has"


def calibration_tables(answers: Mapping[str, Answer]) -> list[Table]:
    """Return the tables of answers by modality; none without an answer."""
    if not answers:
        return []
    numbers = {name: one for name, one in answers.items() if one.coverage}
    return [*([_coverage(numbers)] if numbers else []), _histogram(answers), _scores(answers)]


def _coverage(answers: Mapping[str, Answer]) -> Table:
    levels = {
        f"{level:.2f}": tuple(one.coverage[place] for one in answers.values())
        for place, level in enumerate(LEVELS)
    }
    return Table(
        name="coverage by level",
        about=f"{GIVEN} ({_records(answers)}). Share of numbers that are in the central interval of each"
        " level; if it is below the level, intervals are too narrow.",
        row_label="level",
        columns=tuple(Column(name=name) for name in answers),
        rows=levels,
    )


def _histogram(answers: Mapping[str, Answer]) -> Table:
    bins = {
        f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}": tuple(
            float(one.pit[place]) * BINS for one in answers.values()
        )
        for place in range(BINS)
    }
    return Table(
        name="PIT histogram",
        about=f"{GIVEN} ({_records(answers)}). Density of the randomized probability integral transform:"
        f" the place of a value among {DRAWS} draws of its predictive distribution, from 0 to 1. It is 1"
        " in every row if the predictive distributions are right; high at both ends if they are too narrow,"
        " high in the middle if they are too wide, high at one end if they are shifted.",
        row_label="PIT",
        columns=tuple(Column(name=name) for name in answers),
        rows=bins,
    )


def _scores(answers: Mapping[str, Answer]) -> Table:
    scores = {name: one.score for name, one in answers.items()}
    return Table(
        name="CRPS",
        about=f"{GIVEN}. Continuous ranked probability score, mean over elements, in units (for columns of"
        " tables in standard deviations): the mean absolute error of a distribution, lower if it is both"
        " sharp and calibrated. For categories, half of the Brier score.",
        row_label="imputed",
        columns=(Column(name="CRPS"), Column(name="records")),
        rows={name: (score, float(len(answers[name].crps))) for name, (score, _) in scores.items()},
        errors={
            name: (None if error != error else error, None) for name, (_, error) in scores.items()
        },
    )


def _records(answers: Mapping[str, Answer]) -> str:
    return ", ".join(f"{name}: {len(one.crps)} records" for name, one in answers.items())
