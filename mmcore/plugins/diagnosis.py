"""What is wrong with each plug-in, and how to mend it."""

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
        status: as the record's, or ``clash`` where it offers what another one offers too.
        error: what is wrong, in one line; empty if nothing is.
        remedy: what to do about it; empty if nothing is to be done.
        cause: the exception behind the error, if there is one.
    """

    record: PluginRecord
    status: Health
    error: str = ""
    remedy: str = ""
    cause: BaseException | None = None

    @property
    def is_trouble(self) -> bool:
        """Whether something has to be mended."""
        return self.status not in ("ok", "disabled")


def diagnose(records: Sequence[PluginRecord]) -> list[Diagnosis]:
    """Return the health of every plug-in, as far as it is known without importing components."""
    return [_diagnosis(record, records) for record in records]


def examine(diagnosis: Diagnosis) -> Diagnosis:
    """Return the health of a plug-in after importing everything that it names."""
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
        remedy = f"install a version of {who} that fits this mmcore, or {_without(record)}"
        return Diagnosis(record, "incompatible", str(record.error), remedy, record.error)
    if record.error is not None:
        return _broken(record, record.error)
    return _clash(record, records) or Diagnosis(record, "ok")


def _broken(record: PluginRecord, error: BaseException) -> Diagnosis:
    remedy = (
        f"mmcore plugins info {record.distribution} shows where; mend it, or {_without(record)}"
    )
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
            told = f"{spec.kind} '{spec.name}' is offered by {', '.join(others)} as well"
            who = f"{record.distribution}:{spec.name}"
            return Diagnosis(record, "clash", told, f"write '{who}', or {_without(record)}")
    return None


def _offers(record: PluginRecord, wanted: ComponentSpec) -> bool:
    return any((spec.kind, spec.name) == (wanted.kind, wanted.name) for spec in record.components)
