"""Units of leads: voltages are converted to millivolts, and a lead has the same unit in all records."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore_medical.ecg.settings import Lead
from mmcore_medical.ecg.signal import Signal

__all__ = ["MEGAVOLT", "MILLIVOLT", "Units", "check_units", "in_millivolts", "other_units"]

MILLIVOLT = "mV"
POWERS = {
    "v": 3,
    "volt": 3,
    "volts": 3,
    "mv": 0,
    "millivolt": 0,
    "millivolts": 0,
    "uv": -3,
    "\u03bcv": -3,
    "microvolt": -3,
    "microvolts": -3,
    "nv": -6,
    "nanovolt": -6,
    "nanovolts": -6,
}
"""By unit in small letters, the power of ten that converts it to millivolts."""
MEGAVOLT = ("MV", "Mv")
"""Units that are read as millivolts: no heart has megavolts."""


def in_millivolts(signal: Signal) -> tuple[Signal, bool]:
    """Return the signal with all voltages in mV, and whether a value has been converted.

    Other units, and leads without a unit, are not changed.
    """
    # The sign of micro has two code points, of which casefold gives one.
    powers = [POWERS.get((unit or "").casefold()) for unit in signal.units]
    factors = np.array([10.0 ** (power or 0) for power in powers])
    units = tuple(
        unit if power is None else MILLIVOLT
        for unit, power in zip(signal.units, powers, strict=True)
    )
    converted = bool((factors != 1).any())
    values = signal.values * factors[:, None] if converted else signal.values
    return replace(signal, values=values, units=units), converted


class Units:
    """The units of the leads of the training records.

    Arguments:
        modality: for messages.
    """

    def __init__(self, modality: str) -> None:
        self._modality = modality
        self._files: dict[str, dict[str, list[Path]]] = {}

    def add(self, path: Path, signal: Signal) -> None:
        """Add the units of a record; those that it does not state are left out."""
        for lead, unit in zip(signal.leads, signal.units, strict=True):
            files = self._files.setdefault(lead, {})
            if unit is not None:
                files.setdefault(unit, []).append(path)

    def of(self, lead: str) -> str:
        """Return the unit of a lead, or an empty text if no record states it.

        Raises:
            MmcoreError: the records have several.
        """
        files = self._files[lead]
        if len(files) > 1:
            counts = " and ".join(
                f"in '{unit}' in {len(paths)} records, such as '{paths[0].name}'"
                for unit, paths in files.items()
            )
            raise MmcoreError(
                f"the lead '{lead}' of modality '{self._modality}' is {counts}; expected one unit, or"
                " voltages; convert the records, or name other leads"
            )
        return next(iter(files), "")


def check_units(path: Path, signal: Signal, fitted: Sequence[Lead]) -> bool:
    """Check that the units of a record are those of the fitted leads; return whether it lacks one.

    Raises:
        MmcoreError: a unit differs.
    """
    own = dict(zip(signal.leads, signal.units, strict=True))
    shared = [lead for lead in fitted if lead.name in own and lead.unit]
    for lead in shared:
        if own[lead.name] not in (None, lead.unit):
            raise MmcoreError(
                f"'{path}' has the lead '{lead.name}' in '{own[lead.name]}', expected '{lead.unit}' as in"
                " the training records; convert it"
            )
    return any(own[lead.name] is None for lead in shared)


def other_units(fitted: Sequence[Lead]) -> list[str]:
    """Return a remark on each unit that is not a voltage."""
    leads: dict[str, list[str]] = {}
    for lead in fitted:
        if lead.unit not in ("", MILLIVOLT):
            leads.setdefault(lead.unit, []).append(f"'{lead.name}'")
    return [
        f"the unit '{unit}' of {', '.join(names[:3])} is not a voltage; the values are read as they are"
        for unit, names in leads.items()
    ]
