"""Signals in the WFDB format: a header, and samples of 16 or 12 bits.

References:
    Moody, "WFDB Applications Guide", header(5) and signal(5).
"""

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore_medical.ecg.signal import Signal

RECORD = re.compile(r"\S+\s+(?P<leads>\d+)(?:\s+(?P<rate>[\d.eE+]+)\S*(?:\s+(?P<samples>\d+))?)?")
FORMAT = re.compile(r"(?P<format>\d+)(?P<odd>[x:][x:\d]*)?(?:\+(?P<offset>\d+))?")
GAIN = re.compile(r"(?P<gain>[\d.eE+-]+)(?:\((?P<baseline>-?\d+)\))?(?:/\S+)?")
USUAL_RATE, USUAL_GAIN = 250.0, 200.0
"""Defaults of the format for fields that a header omits."""
BYTES = {16: 2.0, 212: 1.5}
"""Bytes per sample, by format."""
MISSING = {16: -32768, 212: -2048}


@dataclass(frozen=True, slots=True)
class LeadLine:
    """The line of a lead in the header.

    Arguments:
        name: name of the lead.
        file: the file with its samples.
        format: format of the samples.
        offset: bytes before the first sample.
        gain: converter units per physical unit.
        baseline: converter units of the physical value 0.
    """

    name: str
    file: str
    format: int
    offset: int
    gain: float
    baseline: int


def read_wfdb(path: Path) -> Signal:
    """Return the signal that a header, ``.hea``, describes.

    Comments, date and time are not parsed, because they can identify the patient.

    Raises:
        MmcoreError: the header is not readable, or does not match the samples.
    """
    first, *rest = _lines(path)
    record = RECORD.match(first)
    if record is None or "/" in first.split()[0]:
        raise MmcoreError(
            f"'{path}' is not a WFDB header of one segment; the first line must contain the name of the"
            " record, the number of leads, the rate and the number of samples"
        )
    leads = int(record["leads"])
    if len(rest) != leads or not leads:
        raise MmcoreError(
            f"the header '{path}' has {len(rest)} lines of leads, expected {leads}; correct it"
        )
    lines = [_lead(path, line, number) for number, line in enumerate(rest, 1)]
    names = tuple(line.name for line in lines)
    if len(set(names)) < len(names):
        raise MmcoreError(
            f"the header '{path}' has two leads with the same name; rename one of them"
        )
    samples = int(record["samples"] or 0)
    groups = [list(group) for _, group in groupby(lines, key=lambda line: line.file)]
    parts = [_samples(path, group, samples) for group in groups]
    if len({part.shape[1] for part in parts}) > 1:
        raise MmcoreError(
            f"the files of the header '{path}' have different numbers of samples; correct it"
        )
    return Signal(names, np.concatenate(parts), float(record["rate"] or USUAL_RATE))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise MmcoreError(
            f"'{path}' is not a WFDB header, because it is not a text file"
        ) from error
    content = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not content:
        raise MmcoreError(f"'{path}' is empty, expected a WFDB header")
    return content


def _lead(path: Path, line: str, number: int) -> LeadLine:
    fields = line.split(None, 8)
    shape = FORMAT.fullmatch(fields[1]) if len(fields) > 1 else None
    gain = GAIN.fullmatch(fields[2]) if len(fields) > 2 else None
    if shape is None or (len(fields) > 2 and gain is None):
        raise MmcoreError(
            f"line {number + 1} of the header '{path}' does not describe a lead; expected a file, a format,"
            " a gain and further fields"
        )
    if int(shape["format"]) not in BYTES or shape["odd"]:
        raise MmcoreError(
            f"the header '{path}' has samples of format {fields[1]}, expected"
            f" {' or '.join(map(str, BYTES))}; convert the record, for example with xform"
        )
    zero = int(fields[4]) if len(fields) > 4 else 0
    return LeadLine(
        name=fields[8].strip() if len(fields) > 8 else f"lead {number}",
        file=fields[0],
        format=int(shape["format"]),
        offset=int(shape["offset"] or 0),
        gain=(float(gain["gain"]) if gain else 0.0) or USUAL_GAIN,
        baseline=int(gain["baseline"]) if gain and gain["baseline"] else zero,
    )


def _samples(header: Path, leads: list[LeadLine], promised: int) -> np.ndarray:
    """Return the samples of all leads in one file, (L, T), in physical units."""
    first = leads[0]
    if len({(lead.format, lead.offset) for lead in leads}) > 1:
        raise MmcoreError(f"the header '{header}' gives two formats for one file; correct it")
    place = header.parent / first.file
    if place.parent != header.parent or not place.is_file():
        raise MmcoreError(
            f"the file '{first.file}' with the samples of the header '{header}' is missing; put it in the"
            " same folder"
        )
    stored = place.read_bytes()[first.offset :]
    count = len(leads) * promised or int(len(stored) / BYTES[first.format])
    expected = int(np.ceil(count * BYTES[first.format]))
    # An odd number of 12-bit samples can be padded to a pair.
    if count % len(leads) or not 0 <= len(stored) - expected <= (first.format == 212):
        raise MmcoreError(
            f"'{place}' has {len(stored)} bytes of samples, expected {expected} for the {len(leads)} leads"
            f" of {promised} samples in the header '{header.name}'; download both files again"
        )
    digital = _unpacked(stored, first.format, count).reshape(-1, len(leads)).T.astype(np.float64)
    digital[digital == MISSING[first.format]] = np.nan
    baseline, gain = (
        np.array(v)[:, None]
        for v in zip(*((lead.baseline, lead.gain) for lead in leads), strict=True)
    )
    return (digital - baseline) / gain


def _unpacked(stored: bytes, kind: int, count: int) -> np.ndarray:
    if kind == 16:
        return np.frombuffer(stored, "<i2", count).astype(np.int32)
    # Two samples in three bytes: the first and the third are the low bytes, the second has the high bits.
    padded = np.frombuffer(stored.ljust(-(-len(stored) // 3) * 3, b"\0"), np.uint8)
    low, high, other = padded.reshape(-1, 3).astype(np.int32).T
    pairs = np.stack([low | (high & 0x0F) << 8, other | (high & 0xF0) << 4], axis=1)
    twelve = pairs.reshape(-1)[:count]
    return np.where(twelve > 2047, twelve - 4096, twelve)
