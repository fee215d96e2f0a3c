"""Reading signals of any rate and length as values of one shape."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data.tables import Counted, Reader, Reading, Records, files_of, stamps
from mmcore.errors import nearest
from mmcore.files import cached_array
from mmcore.plugins import Context
from mmcore_medical.ecg.files import read_signal
from mmcore_medical.ecg.settings import EcgSettings, Lead
from mmcore_medical.ecg.signal import Signal, arranged, resampled
from mmcore_medical.patients import refuse_unsplit_patients

VERSION = "ecg 1"
"""Part of the cache key; increase it when the values of a file change."""
AT_ONCE = 256


class EcgReader(Reader):
    """Reads a column of paths of WFDB headers or CSV files. Values are stored in the cache folder.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: EcgSettings, context: Context | None = None) -> None:
        self._settings = settings
        self._catalogue = context.catalogue if context else None

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with mean and standard deviation of each lead."""
        refuse_unsplit_patients(records)
        sums: dict[str, np.ndarray] = {}
        for _, signal in self._signals(files_of(records)):
            for name, lead in zip(signal.leads, signal.values, strict=True):
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
        fitted = tuple(_lead(name, sums[name]) for name in chosen)
        return self._settings.model_copy(update={"fitted": fitted}).model_dump(
            mode="json", exclude_defaults=True
        )

    def read(self, records: Records) -> Reading:
        """Return (N, L, T) float32, NaN where a sample is missing."""
        paths, length = files_of(records), self._settings.length
        leads = tuple(lead.name for lead in self._settings.fitted)

        def fill(values: np.ndarray) -> None:
            for row, (path, signal) in enumerate(self._signals(paths)):
                _check_leads(path, signal, leads)
                values[row] = arranged(signal, leads, length)

        key = [VERSION, str(self._settings.rate), str(self._settings.csv_rate), *leads]
        shape = (len(paths), len(leads), length)
        values = torch.from_numpy(cached_array([*key, *stamps(paths)], shape, np.float32, fill))
        lacking = _lacking(values).tolist()
        return Reading(
            values,
            tuple(
                Counted(count, len(paths), f"records have no lead '{name}'")
                for name, count in zip(leads, lacking, strict=True)
            ),
        )

    def describe(self, records: Records) -> str:
        """Return the number of leads and of samples."""
        chosen = self._settings
        seconds = chosen.length / chosen.rate
        return f"{len(chosen.fitted)} leads of {chosen.length} samples, {seconds:g} s"

    def _signals(self, paths: list[Path]) -> Iterator[tuple[Path, Signal]]:
        wanted = self._settings.rate
        for path in paths:
            signal = read_signal(path, self._catalogue)
            given = signal.rate or self._settings.csv_rate or wanted
            yield path, replace(signal, values=resampled(signal.values, given, wanted))


def _lacking(values: Tensor) -> Tensor:
    """Return the number of records without each lead, (L,), computed in chunks of records."""
    nothing = torch.zeros(values.shape[1], dtype=torch.long)
    return sum((part.isnan().all(dim=2).sum(dim=0) for part in values.split(AT_ONCE)), nothing)


def _check_leads(path: Path, signal: Signal, leads: tuple[str, ...]) -> None:
    if not set(leads).intersection(signal.leads):
        raise MmcoreError(
            f"'{path}' has {len(signal.leads)} leads, {', '.join(signal.leads[:12])}, and none of the leads"
            f" of the training records, {', '.join(leads)}; rename them, or remove the record"
        )


def _lead(name: str, sums: np.ndarray) -> Lead:
    count, total, squares = sums
    loc = float(total / max(count, 1))
    deviation = float(np.sqrt(max(squares / max(count, 1) - loc**2, 0)))
    # A converter has fewer than six digits. The scale of a constant lead is 1.
    flat = deviation <= 1e-6 * max(abs(loc), 1e-6)
    return Lead(
        name=name, loc=float(f"{loc:.6g}"), scale=1.0 if flat else float(f"{deviation:.6g}")
    )
