"""The problems of each plug-in, and how to fix them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mmcore.plugins.discovery import PluginRecord
from mmcore.plugins.loading import imported, schema_of
from mmcore.plugins.spec import ComponentSpec

__all__ = ["Diagnosis", "Health", "diagnose", "examine", "one_line"]

Health = Literal["ok", "disabled", "incompatible", "broken", "clash"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The health of one plug-in.

    Arguments:
        record: the plug-in.
        status: that of the record, or ``clash`` where another plug-in offers the same component.
        error: the problem, in one line; empty if there is none.
        remedy: how to fix it; empty if there is no problem.
        cause: the exception that caused the error, if there is one.
    """

    record: PluginRecord
    status: Health
    error: str = ""
    remedy: str = ""
    cause: BaseException | None = None

    @property
    def has_problem(self) -> bool:
        """Whether there is something to fix."""
        return self.status not in ("ok", "disabled")


def diagnose(records: Sequence[PluginRecord]) -> list[Diagnosis]:
    """Return the health of every plug-in, without importing its components."""
    return [_diagnosis(record, records) for record in records]


def examine(diagnosis: Diagnosis) -> Diagnosis:
    """Return the health of a plug-in after importing all its components."""
    if diagnosis.status not in ("ok", "clash"):
        return diagnosis
    record = diagnosis.record
    try:
        for spec in record.components:
            schema_of(record, spec)
            for place in spec.targets:
                imported(record, spec, place)
    except Exception as error:
        return _broken(record, error)
    return diagnosis


def one_line(error: BaseException) -> str:
    """Return an exception's type and message in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _diagnosis(record: PluginRecord, records: Iterable[PluginRecord]) -> Diagnosis:
    who = record.distribution
    if record.status == "disabled":
        lists = "MMCORE_PLUGINS or MMCORE_PLUGINS_DENY"
        return Diagnosis(
            record, "disabled", f"disabled by {lists}", f"change {lists} to use it again"
        )
    if record.status == "incompatible":
        remedy = (
            f"install a version of {who} that is compatible with this mmcore, or {_without(record)}"
        )
        return Diagnosis(record, "incompatible", str(record.error), remedy, record.error)
    if record.error is not None:
        return _broken(record, record.error)
    return _clash(record, records) or Diagnosis(record, "ok")


def _broken(record: PluginRecord, error: BaseException) -> Diagnosis:
    remedy = f"see mmcore plugins info {record.distribution} for the traceback; fix it, or {_without(record)}"
    return Diagnosis(record, "broken", one_line(error), remedy, error)


def _without(record: PluginRecord) -> str:
    who = record.distribution
    return f"disable it by MMCORE_PLUGINS_DENY={who}, or uninstall {who}"


def _clash(record: PluginRecord, records: Iterable[PluginRecord]) -> Diagnosis | None:
    for spec in record.components:
        others = [
            other.distribution
            for other in records
            if other is not record and other.status == "ok" and _offers(other, spec)
        ]
        if others:
            error = f"{spec.kind} '{spec.name}' is also offered by {', '.join(others)}"
            who = f"{record.distribution}:{spec.name}"
            return Diagnosis(record, "clash", error, f"write '{who}', or {_without(record)}")
    return None


def _offers(record: PluginRecord, wanted: ComponentSpec) -> bool:
    return any((spec.kind, spec.name) == (wanted.kind, wanted.name) for spec in record.components)
