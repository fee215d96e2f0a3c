"""Signals in the European Data Format: EDF, EDF+ and BDF."""

import warnings
from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore_medical.ecg.signal import Signal, resampled

__all__ = ["BDF", "EDF", "read_edf"]

EDF, BDF = ".edf", ".bdf"


def read_edf(path: Path) -> Signal:
    """Return the signals of an EDF or BDF file; annotations and data of the patient are not used.

    If signals have different rates, all are resampled to the highest.

    Raises:
        MmcoreError: the package edfio is missing, or the file is not readable or has gaps.
    """
    try:
        import edfio
    except ImportError:
        raise MmcoreError(
            f"'{path}' is an EDF file, for which the package edfio is not installed; install it with pip"
            " install 'mmcore-medical[edf]'"
        ) from None
    read = edfio.read_bdf if path.suffix.lower() == BDF else edfio.read_edf
    try:
        # A warning of edfio states that a signal has no calibration: that is an error here.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            file = read(path)
            signals = [(s.label, s.sampling_frequency, s.data) for s in file.signals]
            units = tuple(s.physical_dimension or None for s in file.signals)
            gaps = file.reserved.startswith(("EDF+D", "BDF+D"))
    except (ValueError, OSError, UserWarning, IndexError, ZeroDivisionError) as error:
        # A message of edfio can contain data of the patient.
        raise MmcoreError(
            f"'{path}' is not a readable EDF file ({type(error).__name__}); download it again"
        ) from None
    names = tuple(label for label, _, _ in signals)
    if gaps or not signals or len(set(names)) < len(names):
        problem = "has gaps (EDF+D)" if gaps else "has no signal, or two with the same name"
        raise MmcoreError(f"'{path}' {problem}; save it as a continuous file of named signals")
    rate = max(frequency for _, frequency, _ in signals)
    leads = [resampled(data[None], frequency, rate)[0] for _, frequency, data in signals]
    length = min(map(len, leads))
    return Signal(names, np.stack([lead[:length] for lead in leads]), rate, units)
