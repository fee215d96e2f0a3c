"""The results of the checks of one component."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from mmcore.testing.check import KIT_VERSION, NonConformance

__all__ = ["Outcome", "Report", "Status"]

Status = Literal["passed", "failed", "xfailed", "xpassed", "skipped", "unchecked"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check.

    Arguments:
        check: its name.
        status: ``passed``; ``failed``; ``xfailed``, it failed as declared; ``xpassed``, it
            passed although it was declared to fail; ``skipped``, it does not apply or was not
            selected; ``unchecked``, it applies and could not be tested.
        message: the evidence or the reason; empty where it passed.
    """

    check: str
    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one component, planned and done.

    Arguments:
        kind: kind of the component.
        name: name of the component.
        planned: the names of all checks of the kind.
        outcomes: the results so far.
    """

    kind: str
    name: str
    planned: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    def having(self, *status: Status) -> tuple[Outcome, ...]:
        """Return the outcomes of that status."""
        return tuple(outcome for outcome in self.outcomes if outcome.status in status)

    @property
    def ran(self) -> int:
        """The number of checks that ran to a result."""
        return len(self.having("passed", "failed", "xfailed", "xpassed"))

    @property
    def missing(self) -> tuple[str, ...]:
        """Checks that were planned and have no outcome."""
        done = {outcome.check for outcome in self.outcomes}
        return tuple(name for name in self.planned if name not in done)

    @property
    def ok(self) -> bool:
        """Whether nothing failed, nothing declared to fail passed, and nothing is missing."""
        return not self.having("failed", "xpassed") and not self.missing

    @property
    def verdict(self) -> str:
        """``ok``, ``NOT OK``, or ``ok, NAME unchecked`` for a check that could not be done.

        Example:
            >>> Report("modality", "graph", ("normalization",), (
            ...     Outcome("normalization", "unchecked", "it has no draws"),)).verdict
            'ok, normalization unchecked'
        """
        unchecked = [outcome.check for outcome in self.having("unchecked")]
        if not self.ok:
            return "NOT OK"
        return f"ok, {', '.join(unchecked)} unchecked" if unchecked else "ok"

    def require_ok(self) -> "Report":
        """Return the report itself.

        Raises:
            NonConformance: it is not `ok`; the text is the report.
        """
        if not self.ok:
            raise NonConformance(self.text())
        return self

    def text(self) -> str:
        """Return the report for a person: a line of numbers, then a line for what did not just pass."""
        return "\n".join([self._numbers(), *self._lines()])

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "kit": KIT_VERSION,
            "kind": self.kind,
            "name": self.name,
            "ok": self.ok,
            "verdict": self.verdict,
            "planned": len(self.planned),
            "ran": self.ran,
            "missing": list(self.missing),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }

    def _numbers(self) -> str:
        return (
            f"{self.kind} {self.name}: {self.verdict}; {len(self.planned)} checks"
            f" planned, {self.ran} ran, {len(self.having('failed'))} failed,"
            f" {len(self.having('xfailed'))} failed as declared,"
            f" {len(self.having('skipped', 'unchecked'))} skipped (kit {KIT_VERSION})"
        )

    def _lines(self) -> list[str]:
        lines = [f"  {o.status:10} {o.check}: {o.message}" for o in self.outcomes if o.message]
        return lines + [f"  {'missing':10} {name}: it did not run" for name in self.missing]
