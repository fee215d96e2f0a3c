"""Reading signals of any rate and length as values of one shape."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data.tables import Counted, Reader, Reading, Records, alike, files_of, read_each, stamps
from mmcore.errors import nearest
from mmcore.plugins import Context
from mmcore.storage.arrays import cached_array
from mmcore_medical.ecg.amplitudes import strengths, unlike
from mmcore_medical.ecg.files import HEADER, read_signal
from mmcore_medical.ecg.settings import EcgSettings, Lead
from mmcore_medical.ecg.signal import Signal, arranged, is_clock, resampled
from mmcore_medical.ecg.units import MEGAVOLT, Units, check_units, in_millivolts, other_units
from mmcore_medical.ecg.wfdb import sample_files
from mmcore_medical.patients import refuse_unsplit_patients

VERSION = "ecg 5"
"""Part of the cache key; increase it when the values of a file change."""
AT_ONCE = 256
LONGER = 1.05
"""Part of the length from which a longer record is worth a remark."""
REMARKS = {
    "converted": "records have leads in V, uV or nV, which are converted to mV",
    "megavolt": "records have leads in MV, megavolts, which are read as mV",
    "unitless": "records state no unit, and are taken to have those of the other records",
    "unrated": "records state no rate, and are taken to have the option rate; csv_rate states another",
    "uncalibrated": "records state no gain; 200 steps for 1 mV are assumed, as WFDB defines",
    "cut": "records are longer than the options length and rate state, and are cut",
    "short": "records have less than half of the samples that the options length and rate state",
    "flat": "records have a constant lead, as of an electrode without contact",
}
"""By fact of a record, the end of a remark that begins with the number of records."""


class EcgReader(Reader):
    """Reads a column of paths of WFDB headers, EDF files or CSV files. Values are stored in the cache folder.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: EcgSettings, context: Context | None = None) -> None:
        self._settings = settings
        self._catalogue = context.catalogue if context else None

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with unit, mean and standard deviation of each lead."""
        refuse_unsplit_patients(records)
        sums: dict[str, np.ndarray] = {}
        clocks: dict[str, Path] = {}
        units = Units(records.modality)
        for record in self._signals(_files(records)[0]):
            units.add(record.path, record.signal)
            clocks |= dict.fromkeys(record.clocks, record.path)
            for name, lead in zip(record.signal.leads, record.signal.values, strict=True):
                known = lead[: self._settings.length]
                known = known[~np.isnan(known)]
                powers = np.array([len(known), known.sum(), (known**2).sum()])
                sums[name] = sums.get(name, 0) + powers
        chosen = self._settings.leads or tuple(sums)
        for name in chosen:
            if name not in sums:
                raise MmcoreError(
                    f"no training record of modality '{records.modality}' has a lead '{name}', expected one"
                    f" of {', '.join(sums)}{nearest(name, sums)}"
                )
            if name in clocks:
                raise _with_a_clock(clocks, name, sums)
        fitted = tuple(_lead(name, units.of(name), sums[name]) for name in chosen)
        return self._settings.model_copy(update={"fitted": fitted}).model_dump(
            mode="json", exclude_defaults=True
        )

    def read(self, records: Records) -> Reading:
        """Return (N, L, T) float32, NaN where a sample is missing."""
        (paths, samples), length = _files(records), self._settings.length
        fitted = self._settings.fitted
        leads = tuple(lead.name for lead in fitted)

        def fill(array: np.ndarray) -> None:
            for row, record in enumerate(self._signals(paths)):
                _check_leads(record.path, record.signal, leads)
                remarkable = check_units(record.path, record.signal, fitted)
                values = arranged(record.signal, leads, length)
                facts = (
                    record.converted,
                    record.megavolt,
                    remarkable,
                    record.unrated,
                    not record.signal.calibrated,
                    *_extent(record.signal, length),
                )
                array[row] = (values, *facts)

        chosen = self._settings
        read_by = [chosen.rate, chosen.csv_rate, chosen.csv_unit]
        key = [VERSION, *map(str, read_by), *(f"{lead.name} {lead.unit}" for lead in fitted)]
        values = ("values", np.float32, (len(leads), length))
        kind = np.dtype([values, *((fact, np.bool_) for fact in REMARKS)], align=True)
        stored = cached_array([*key, *stamps([*paths, *samples])], (len(paths),), kind, fill)
        return Reading(torch.from_numpy(stored["values"]), self._notes(stored))

    def _notes(self, stored: np.ndarray) -> tuple[str | Counted, ...]:
        total, fitted = len(stored), self._settings.fitted
        values = torch.from_numpy(stored["values"])
        lacking = _lacking(values).tolist()
        return (
            *(
                Counted(count, total, f"records have no lead '{lead.name}'")
                for lead, count in zip(fitted, lacking, strict=True)
            ),
            *(Counted(int(stored[fact].sum()), total, text) for fact, text in REMARKS.items()),
            Counted(
                unlike(torch.cat([strengths(part, fitted) for part in values.split(AT_ONCE)])),
                total,
                "records have amplitudes that are over 200 times larger or smaller than others, as those in"
                " another unit; correct the units of the files, or state that of CSV files by csv_unit",
            ),
            *other_units(fitted),
            *(
                f"the leads {' and '.join(map(repr, names))} differ by case or blanks alone; if they are"
                " the same, rename them in the files"
                for names in alike(lead.name for lead in fitted)
            ),
        )

    def describe(self, records: Records) -> str:
        """Return the number of leads and of samples."""
        chosen = self._settings
        seconds = chosen.length / chosen.rate
        return f"{len(chosen.fitted)} leads of {chosen.length} samples, {seconds:g} s"

    def _signals(self, paths: list[Path]) -> Iterator["_Record"]:
        return read_each(paths, self._signal)

    def _signal(self, path: Path) -> "_Record":
        chosen, signal = self._settings, read_signal(path, self._catalogue)
        if chosen.csv_unit is not None and signal.rate is None:
            signal = replace(signal, units=(chosen.csv_unit,) * len(signal.leads))
        pairs = zip(signal.leads, signal.values, strict=True)
        clocks = tuple(name for name, lead in pairs if is_clock(lead))
        megavolt = any(unit in MEGAVOLT for unit in signal.units)
        signal, converted = in_millivolts(signal)
        unrated = signal.rate is None and chosen.csv_rate is None
        given = signal.rate or chosen.csv_rate or chosen.rate
        values = resampled(signal.values, given, chosen.rate)
        return _Record(path, replace(signal, values=values), converted, megavolt, unrated, clocks)


def _files(records: Records) -> tuple[list[Path], list[Path]]:
    """Return the file of each record, and the files of samples beside the headers."""
    paths = files_of(records)
    headers = [path for path in paths if path.suffix.lower() == HEADER]
    # Resolved, so that they are among the files of the study, whose changes are noticed.
    return paths, [
        records.resolve(os.path.abspath(p)) for header in headers for p in sample_files(header)
    ]


@dataclass(frozen=True, slots=True)
class _Record:
    path: Path
    signal: Signal
    converted: bool
    megavolt: bool
    unrated: bool
    clocks: tuple[str, ...]


def _lacking(values: Tensor) -> Tensor:
    """Return the number of records without each lead, (L,), computed in chunks of records."""
    nothing = torch.zeros(values.shape[1], dtype=torch.long)
    return sum((part.isnan().all(dim=2).sum(dim=0) for part in values.split(AT_ONCE)), nothing)


def _extent(signal: Signal, length: int) -> tuple[bool, bool, bool]:
    """Return whether a signal is cut, whether it is short, and whether one of its leads is constant."""
    samples, known = signal.values.shape[1], signal.values[~np.isnan(signal.values).all(axis=1)]
    is_flat = (
        bool((np.nanmax(known, axis=1) == np.nanmin(known, axis=1)).any()) if len(known) else False
    )
    return samples > LONGER * length, samples < length / 2, is_flat


def _check_leads(path: Path, signal: Signal, leads: tuple[str, ...]) -> None:
    if not set(leads).intersection(signal.leads):
        raise MmcoreError(
            f"'{path}' has {len(signal.leads)} leads, {', '.join(signal.leads[:12])}, and none of the leads"
            f" of the training records, {', '.join(leads)}; rename them, or remove the record"
        )


def _with_a_clock(clocks: Mapping[str, Path], name: str, names: Iterable[str]) -> MmcoreError:
    others = ", ".join(other for other in names if other not in clocks)
    return MmcoreError(
        f"'{clocks[name]}' has the lead '{name}', which grows by the same step at every sample, as a time"
        f" does; name the leads in the study file, as leads: [{others}]"
    )


def _lead(name: str, unit: str, sums: np.ndarray) -> Lead:
    count, total, squares = sums
    loc = float(total / max(count, 1))
    deviation = float(np.sqrt(max(squares / max(count, 1) - loc**2, 0)))
    # A converter has fewer than six digits. The scale of a constant lead is 1.
    flat = deviation <= 1e-6 * max(abs(loc), 1e-6)
    return Lead(
        name=name,
        unit=unit,
        loc=float(f"{loc:.6g}"),
        scale=1.0 if flat else float(f"{deviation:.6g}"),
    )
