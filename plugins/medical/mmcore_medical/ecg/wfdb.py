"""Signals in the WFDB format: a header, and files of samples."""

from itertools import groupby
from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore_medical.ecg.flac import read_flac
from mmcore_medical.ecg.header import USUAL_GAIN, Header, LeadLine, read_header
from mmcore_medical.ecg.samples import DIFFERENCES, FLAC, FORMATS
from mmcore_medical.ecg.signal import Signal, resampled

__all__ = ["read_wfdb", "sample_files"]


def sample_files(path: Path) -> list[Path]:
    """Return the files of samples that a header names, of those that exist.

    Raises:
        MmcoreError: the header is not readable.
    """
    places = dict.fromkeys(path.parent / line.file for line in read_header(path).leads)
    return [place for place in places if place.parent == path.parent and place.is_file()]


def read_wfdb(path: Path) -> Signal:
    """Return the signal that a header, ``.hea``, describes.

    If leads have different numbers of samples in a frame, all are resampled to the highest rate.

    Raises:
        MmcoreError: the header is not readable, or does not match the samples.
    """
    header = read_header(path)
    groups = [list(group) for _, group in groupby(header.leads, key=lambda line: line.file)]
    stored = [_frames(header, group) for group in groups]
    lengths = set(map(len, stored))
    if len(lengths) > 1:
        raise MmcoreError(
            f"the files of the header '{path}' have different numbers of samples; correct it"
        )
    (length,) = lengths
    most = max(line.repeats for line in header.leads)
    values = [
        resampled(lead[None], line.repeats, most)[0, : length * most]
        for frames, group in zip(stored, groups, strict=True)
        for lead, line in zip(_leads(frames, group, length), group, strict=True)
    ]
    return Signal(
        leads=tuple(line.name for line in header.leads),
        values=np.stack(values),
        rate=header.rate * most,
        units=tuple(line.unit for line in header.leads),
        calibrated=all(line.gain is not None for line in header.leads),
    )


def _leads(frames: np.ndarray, lines: list[LeadLine], length: int) -> list[np.ndarray]:
    """Return the samples of the leads in one file, each (T,), in physical units."""
    columns = np.split(frames, np.cumsum([line.repeats for line in lines])[:-1], axis=1)
    return [_lead(column, line, length) for column, line in zip(columns, lines, strict=True)]


def _lead(frames: np.ndarray, line: LeadLine, length: int) -> np.ndarray:
    digital = frames.reshape(-1).astype(np.float64)
    if line.format == DIFFERENCES:
        digital = line.start + digital.cumsum()
    missing = FLAC.get(line.format) or FORMATS[line.format].missing
    if missing is not None:
        digital[digital == missing] = np.nan
    wanted = np.full(length * line.repeats, np.nan)
    own = digital[line.skew * line.repeats :][: len(wanted)]
    wanted[: len(own)] = own
    return (wanted - line.baseline) / (line.gain or USUAL_GAIN)


def _frames(header: Header, lines: list[LeadLine]) -> np.ndarray:
    """Return the stored integers of one file, a row for each frame."""
    first, path = lines[0], header.path
    if len({(line.format, line.offset) for line in lines}) > 1:
        raise MmcoreError(f"the header '{path}' gives two formats for one file; correct it")
    place = path.parent / first.file
    if place.parent != path.parent or not place.is_file():
        raise MmcoreError(
            f"the file '{first.file}' with the samples of the header '{path}' is missing; put it in the"
            " same folder"
        )
    if first.format in FLAC:
        return read_flac(place, header, lines)
    width = sum(line.repeats for line in lines)
    layout, stored = FORMATS[first.format], place.read_bytes()[first.offset :]
    least = header.frames * width
    count = least or layout.samples_in(len(stored)) // width * width
    # The last group of samples can be filled up with bytes.
    filled = -(-count // layout.group) * layout.size
    if not 0 < layout.bytes_of(count) <= len(stored) <= filled:
        raise MmcoreError(
            f"'{place}' has {len(stored)} bytes of samples, expected {layout.bytes_of(least)} for the"
            f" {len(lines)} leads of {header.frames} samples in the header '{path.name}'; download both files"
            " again"
        )
    return layout.read(stored, count).reshape(-1, width)
