"""Synthetic electrocardiograms, and writing them as WFDB files of 16 bits."""

from pathlib import Path

import numpy as np

from mmcore_medical.ecg.signal import Signal

RATE, SECONDS = 100.0, 6.0
GAIN = 1000
"""Converter units per millivolt."""
WAVES = (
    (-0.2, 0.025, (0.1, 0.15, 0.05)),
    (-0.03, 0.01, (-0.1, -0.1, 0.2)),
    (0.0, 0.012, (0.7, 1.1, -0.6)),
    (0.03, 0.01, (-0.2, -0.25, -0.3)),
    (0.28, 0.05, (0.2, 0.3, 0.15)),
)
"""The waves P, Q, R, S and T: seconds after R, width in seconds, and millivolts in each lead."""
LEADS = ("I", "II", "V1")


def beats(rate: float, random: np.random.Generator) -> Signal:
    """Return three leads of a regular rhythm of ``rate`` beats per minute, in millivolts."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    values = random.normal(0, 0.02, (len(LEADS), len(time)))
    peaks = np.arange(random.uniform(0, 60 / rate), SECONDS + 1, 60 / rate)
    for after, width, heights in WAVES:
        bumps = np.exp(-(((time[:, None] - peaks - after) / width) ** 2) / 2).sum(axis=1)
        values += np.outer(heights, bumps)
    return Signal(LEADS, values, RATE)


def write_wfdb(path: Path, signal: Signal) -> None:
    """Write a header and its samples in format 16; NaN is written as the code of a missing sample."""
    digital = np.nan_to_num(np.round(signal.values * GAIN), nan=-32768).astype("<i2")
    path.with_suffix(".dat").write_bytes(digital.T.tobytes())
    leads = [f"{path.stem}.dat 16 {GAIN}(0)/mV 16 0 0 0 0 {name}" for name in signal.leads]
    first = f"{path.stem} {len(leads)} {signal.rate:g} {signal.values.shape[1]}"
    path.write_text("\n".join([first, *leads]) + "\n", encoding="utf-8")
