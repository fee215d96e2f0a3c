"""Which plots the page has, and their numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.groups import missing, modalities, step
from benchmarks.harness import plots
from benchmarks.harness.plan import Group
from benchmarks.harness.record import turns_of
from benchmarks.harness.rounds import Spread

__all__ = ["draw"]

FOLDER = "images/benchmarks"


def draw(groups: Sequence[Group], results: Mapping[str, Any], docs: Path) -> dict[str, str]:
    """Write the plots of the groups that were measured; return their paths relative to ``docs``."""
    drawings = {"step": _step, "modalities": _modalities, "missing": _missing}
    written = {}
    for group in groups:
        if group.name in drawings and group.name in results["groups"]:
            times = _milliseconds(group, results["groups"][group.name])
            path = f"{FOLDER}/{group.name}.svg"
            plots.save(drawings[group.name](times), docs / path)
            written[group.name] = path
    return written


def _milliseconds(group: Group, own: Mapping[str, Any]) -> dict[str, float]:
    """Return the median CPU time of a unit of each case that was measured.

    All of them have one thread, for which it is the wall time without other load.
    """
    turns = turns_of(own)
    return {
        case.label: 1e3 * Spread.of([reply["cpu"] for reply in turns[case.label].replies]).median
        for case in group.cases
        if case.label in turns and turns[case.label].replies
    }


def _step(times: Mapping[str, float]) -> Any:
    series = {
        f"{side}, {threads} thread{'s' * (threads > 1)}": {
            method: 1e3 / times[label]
            for method in step.METHODS
            if (label := step.label(side, method, threads)) in times
        }
        for side, threads in (("mmcore", 1), ("MultiVae", 1))
    }
    return plots.bars(series, "samples per CPU second")


def _modalities(times: Mapping[str, float]) -> Any:
    counts = {"mmcore mmjsd": modalities.OURS["mmjsd"], "mmcore mopoe": modalities.OURS["mopoe"]}
    counts["MultiVae mopoe"] = modalities.PEER
    series = {
        name: {
            float(count): times[label]
            for count in numbers
            if (label := modalities.label(*name.split(), count)) in times
        }
        for name, numbers in counts.items()
    }
    return plots.lines(series, ("modalities", "CPU ms per step"), logarithmic=True)


def _missing(times: Mapping[str, float]) -> Any:
    complete = times[missing.label(0.0)]
    measured = {
        100 * share: times[missing.label(share)] / complete
        for share in missing.SHARES
        if missing.label(share) in times
    }
    # A row that would lose all of its three values keeps one of them.
    present = {x: 1 - x / 100 + (x / 100) ** 3 / 3 for x in measured}
    series = {"time of a step": measured, "values that are present": present}
    return plots.lines(series, ("missing values (%)", "CPU time / complete"))
