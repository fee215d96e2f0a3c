"""What is measured: cases, the comparisons of their times, and bars that a comparison should meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Bar", "Case", "Comparison", "Group"]

Kind = Literal["speed", "time", "rate", "absolute"]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a side measures.

    Arguments:
        label: unique in its group.
        side: name of the program, see `benchmarks.harness.workers`.
        task: name of a function of the side.
        options: of the task.
        threads: number of threads.
        units: number of samples, steps or commands in one turn.
        unit: what they are.
        limit: longest time of a turn, in seconds.
    """

    label: str
    side: str
    task: str
    options: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 1
    units: float = 1
    unit: str = "samples"
    limit: float = 1800.0

    @property
    def request(self) -> dict[str, Any]:
        """What the process of the side receives."""
        return {"task": self.task, "options": dict(self.options), "threads": self.threads}


@dataclass(frozen=True, slots=True)
class Bar:
    """A value that a comparison should reach.

    Arguments:
        relation: whether the value is the smallest or the largest that is good.
        value: in the unit of the comparison.
    """

    relation: Literal[">=", "<="]
    value: float

    def is_met(self, measured: float) -> bool:
        """Return whether a measured value is good."""
        return measured >= self.value if self.relation == ">=" else measured <= self.value

    def __str__(self) -> str:
        return f"{self.relation} {self.value:,g}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number that is computed from the turns of one case, or of two.

    The kinds, with t for the quantity per unit: ``speed`` is t(to) / t(of), how many times as fast the first
    case is; ``time`` is t(of) / t(to); ``rate`` is 1 / t(of); ``absolute`` is t(of).

    Arguments:
        text: what is compared, in words.
        of: label of the case.
        to: label of the case that it is compared with; empty for one case.
        kind: see above.
        quantity: ``seconds``, ``cpu`` seconds, or ``gib`` of memory, which has no units.
        scale: factor of the number.
        bar: value to be reached.
    """

    text: str
    of: str
    to: str = ""
    kind: Kind = "speed"
    quantity: Literal["seconds", "cpu", "gib"] = "seconds"
    scale: float = 1.0
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that take turns, and their comparisons.

    Arguments:
        name: for the command line.
        title: heading on the page.
        about: paragraph under the heading.
        cases: in the order of a round.
        comparisons: rows of the first table.
        most_rounds: largest number of rounds, where a turn is long and varies little.
        warms_up: whether a first round, which does not count, is needed.
        has_cpu: whether the CPU time of a turn is that of what is timed.
    """

    name: str
    title: str
    about: str
    cases: tuple[Case, ...]
    comparisons: tuple[Comparison, ...] = ()
    most_rounds: int = 1000
    warms_up: bool = True
    has_cpu: bool = True
