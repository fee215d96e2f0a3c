"""What a run of checks has found."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from mmcore.testing.check import KIT_VERSION, NonConformance

__all__ = ["Outcome", "Report", "Status"]

Status = Literal["passed", "failed", "expected", "surprising", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check.

    Arguments:
        check: its name.
        status: ``passed``; ``failed``; ``expected``, it failed as was declared; ``surprising``, it
            was declared to fail and passed; ``skipped``, it does not apply.
        told: what was seen, or the reason; empty where it passed.
    """

    check: str
    status: Status
    told: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one component: planned, and what became of each.

    Arguments:
        kind: kind of the component.
        name: name of the component.
        planned: the names of all checks of the kind.
        outcomes: what became of those that were taken up.
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
        """How many checks ran to an answer."""
        return len(self.having("passed", "failed", "expected", "surprising"))

    @property
    def forgotten(self) -> tuple[str, ...]:
        """Checks that were planned and of which nothing is known."""
        taken = {outcome.check for outcome in self.outcomes}
        return tuple(name for name in self.planned if name not in taken)

    @property
    def ok(self) -> bool:
        """Whether nothing failed, nothing declared to fail passed, and nothing was forgotten."""
        return not self.having("failed", "surprising") and not self.forgotten

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
            "planned": len(self.planned),
            "ran": self.ran,
            "forgotten": list(self.forgotten),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }

    def _numbers(self) -> str:
        return (
            f"{self.kind} {self.name}: {'ok' if self.ok else 'NOT OK'}; {len(self.planned)} checks"
            f" planned, {self.ran} ran, {len(self.having('failed'))} failed,"
            f" {len(self.having('expected'))} failed as declared,"
            f" {len(self.having('skipped'))} do not apply (kit {KIT_VERSION})"
        )

    def _lines(self) -> list[str]:
        told = [f"  {o.status:10} {o.check}: {o.told}" for o in self.outcomes if o.told]
        return told + [f"  {'forgotten':10} {name}: it never ran" for name in self.forgotten]
