"""Sentences about numbers: a number, the numbers that it is compared with, and which is better."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from mmcore.config.base import Frozen
from mmcore.reporting.numbers import error, number
from mmcore.reporting.topics import Topic

__all__ = ["Estimate", "Reference", "Statement"]

NOISE = 2.0
"""Standard errors of a difference below which two numbers are not distinguished."""
VERDICTS = ("better than", "equal to", "not distinguishable from", "worse than")


class Estimate(Frozen):
    """A number and its standard error; None if it is not known."""

    value: float | None
    error: float | None = None

    @property
    def text(self) -> str:
        """The number, followed by its error."""
        return f"{number(self.value)}{error(self.error, self.value)}"


class Reference(Estimate):
    """A number that another one is compared with, such as that of a baseline."""

    difference_error: float | None = Field(
        None,
        description="standard error of the difference, for numbers of the same records; without it, the"
        " two numbers are treated as independent",
    )


class Statement(Frozen):
    """A number that the report states in a sentence, and references that it is compared with.

    Example:
        >>> chance = {"the most frequent class": Reference(value=0.5)}
        >>> accuracy = Estimate(value=0.8, error=0.05)
        >>> Statement(topic="prediction", quantity="the accuracy", best="high", estimate=accuracy, n=72,
        ...           references=chance).sentence
        'The accuracy is 0.800 ± 0.050 (n = 72), better than the most frequent class (0.500).'
    """

    topic: Topic
    quantity: str = Field(description="the subject of the sentence, such as 'the accuracy of ...'")
    best: Literal["high", "low"] = Field("high", description="the better end of the values")
    estimate: Estimate
    n: int | None = Field(None, description="number of records behind the number")
    references: dict[str, Reference] = Field(
        {}, description="numbers that it is compared with, by name, such as 'the column mean'"
    )

    @property
    def sentence(self) -> str:
        """The sentence; it states whether the number is better or worse than each reference."""
        if self.estimate.value is None:
            return f"{_capital(self.quantity)} was not measured."
        count = "" if self.n is None else f" (n = {self.n:,})"
        clauses = "".join(f", {clause}" for clause in self._comparisons())
        return f"{_capital(self.quantity)} is {self.estimate.text}{count}{clauses}."

    def _comparisons(self) -> list[str]:
        unknown = [name for name, one in self.references.items() if one.value is None]
        by_verdict: dict[str, list[str]] = {verdict: [] for verdict in VERDICTS}
        for name, reference in self.references.items():
            if reference.value is not None:
                by_verdict[self._verdict(reference)].append(f"{name} ({reference.text})")
        clauses = [f"{verdict} {_listed(names)}" for verdict, names in by_verdict.items() if names]
        missing = f"and {_listed(unknown)} {'was' if len(unknown) == 1 else 'were'} not measured"
        return [*clauses, *([missing] if unknown else [])]

    def _verdict(self, reference: Reference) -> str:
        """Return the relation as it is visible in the sentence, in which numbers are rounded."""
        assert self.estimate.value is not None
        assert reference.value is not None
        if number(self.estimate.value) == number(reference.value):
            return "equal to"
        difference = self.estimate.value - reference.value
        if abs(difference) < NOISE * self._noise(reference):
            return "not distinguishable from"
        return "better than" if (difference > 0) == (self.best == "high") else "worse than"

    def _noise(self, reference: Reference) -> float:
        if reference.difference_error is not None:
            return reference.difference_error
        errors = (self.estimate.error or 0.0, reference.error or 0.0)
        return float(sum(error**2 for error in errors) ** 0.5)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
