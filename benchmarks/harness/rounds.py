"""Rounds in which each case has one turn, and the numbers that are computed from them."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.plan import Case, Comparison, Group

__all__ = ["Spread", "Turns", "compared", "interleaved", "per_unit"]

Reply = Mapping[str, Any]


@dataclass(slots=True)
class Turns:
    """The replies of a case, one for each round, per unit; or the reason why it has none."""

    replies: list[Reply]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median over rounds with its quartiles; with less than four rounds, with the extremes.

    Arguments:
        median: of the rounds.
        low: first quartile.
        high: third quartile.
        rounds: number of rounds.
    """

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        low, high = min(values), max(values)
        if len(values) >= 4:
            low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(statistics.median(values), low, high, len(values))


def interleaved(
    group: Group, rounds: int, ask: Callable[[Case], Reply]
) -> Iterator[dict[str, Turns]]:
    """Yield the turns of each case, by label, after each round; the order is A B C, A B C.

    Round 0 warms up and does not count. A case that fails is not measured again.
    """
    results = {case.label: Turns([]) for case in group.cases}
    for number in range(not group.warms_up, min(rounds, group.most_rounds) + 1):
        for case in group.cases:
            turns = results[case.label]
            if turns.failure:
                continue
            reply = ask(case)
            turns.failure = reply.get("failure", "")
            if number and not turns.failure:
                turns.replies.append(per_unit(case, reply))
        yield results


def per_unit(case: Case, reply: Reply) -> Reply:
    """Return a reply with the times of one unit instead of those of a turn."""
    return {**reply, **{name: reply[name] / case.units for name in ("seconds", "cpu")}}


def compared(comparison: Comparison, results: Mapping[str, Turns]) -> Spread | str:
    """Return a comparison over the rounds, or why it was not measured.

    The two numbers of a ratio are of the same round, so that other load on the machine affects both.
    """
    labels = [label for label in (comparison.of, comparison.to) if label]
    failures = [f"{name}: {results[name].failure}" for name in labels if results[name].failure]
    if failures:
        return failures[0]
    columns = [[reply[comparison.quantity] for reply in results[name].replies] for name in labels]
    values = [_value(comparison, *numbers) for numbers in zip(*columns, strict=False)]
    return Spread.of(values) if values else "no complete round"


def _value(comparison: Comparison, of: float, to: float = 1.0) -> float:
    kinds = {"speed": to / of, "time": of / to, "rate": 1 / of, "absolute": of}
    return comparison.scale * kinds[comparison.kind]
