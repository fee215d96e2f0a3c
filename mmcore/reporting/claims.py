"""Claims of a publication, tested with measured and with published numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from mmcore.reporting.experiment import Claim, Experiment
from mmcore.reporting.results import Results, bare

__all__ = ["Verdict", "checked", "checked_as_published"]

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of testing a claim.

    Arguments:
        words: the claim.
        result: ``holds``, ``holds within noise``, ``does not hold`` or ``no numbers yet``.
        details: the number of comparisons in which the claim holds, and the exceptions.
    """

    words: str
    result: str
    details: str


def checked(claim: Claim, experiment: Experiment, results: Results) -> Verdict:
    """Test a claim with our numbers, rounded as in the tables."""
    table = experiment.table(claim.table)

    def ours(model: str, row: str) -> float | None:
        number = results.number(model, table.measures[row])
        return None if number is None else number.rounded(table.digits)

    return _verdict(claim, experiment, ours)


def checked_as_published(claim: Claim, experiment: Experiment) -> Verdict:
    """Test a claim with the published numbers."""
    table = experiment.table(claim.table)
    places = {row: place for place, row in enumerate(table.measures)}

    def theirs(model: str, row: str) -> float | None:
        number = table.published[model][places[row]] if model in table.published else None
        return None if number is None else float(number)

    return _verdict(claim, experiment, theirs)


def _verdict(
    claim: Claim, experiment: Experiment, number: Callable[[str, str], float | None]
) -> Verdict:
    table = experiment.table(claim.table)
    known, worst, exceptions = 0, 0.0, []
    sign = "<" if table.best == "high" else ">"
    for row in claim.rows:
        for better, other in claim.at_least:
            left, right = number(better, row), number(other, row)
            if left is None or right is None:
                continue
            known += 1
            shortfall = right - left if table.best == "high" else left - right
            if shortfall > ROUNDING:
                worst = max(worst, shortfall)
                titles = experiment.models[better].title, experiment.models[other].title
                numbers = [bare(f"{value:.{table.digits}f}") for value in (left, right)]
                exceptions.append(
                    f"{row}, {titles[0]} {numbers[0]} {sign} {titles[1]} {numbers[1]}"
                )
    details = f"{known - len(exceptions)} of {known} comparisons"
    unknown = len(claim.rows) * len(claim.at_least) - known
    details += f", {unknown} more have no numbers yet" if unknown else ""
    details += f"; exceptions: {'; '.join(exceptions)}" if exceptions else ""
    return Verdict(claim.words, _result(known, worst, claim.noise), details)


def _result(known: int, worst: float, noise: float) -> str:
    if not known:
        return "no numbers yet"
    if not worst:
        return "holds"
    return "holds within noise" if worst <= noise + ROUNDING else "does not hold"
