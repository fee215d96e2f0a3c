"""The header of a WFDB record: which leads are stored in which files, and how.

References:
    Moody, "WFDB Applications Guide", header(5).
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from mmcore import MmcoreError
from mmcore_medical.ecg.samples import FLAC, FORMATS

__all__ = ["Header", "LeadLine", "read_header"]

RECORD = re.compile(
    r"\S+\s+(?P<leads>\d{1,9})(?:\s+(?P<rate>[\d.eE+]+)[/(\d.eE+)-]*(?:\s+(?P<samples>\d{1,12})(?:\s.*)?)?)?"
)
FORMAT = re.compile(
    r"(?P<format>\d{1,4})(?:x(?P<repeats>[1-9]\d{0,5}))?(?::(?P<skew>\d{1,9}))?(?:\+(?P<offset>\d{1,12}))?"
)
GAIN = re.compile(r"(?P<gain>-?[\d.eE+-]+)(?:\((?P<baseline>-?\d{1,12})\))?(?:/(?P<unit>\S+))?")
INTEGER = re.compile(r"-?\d{1,12}")
USUAL_RATE, USUAL_GAIN, USUAL_UNIT = 250.0, 200.0, "mV"
"""Defaults of the format for fields that a header omits."""


@dataclass(frozen=True, slots=True)
class LeadLine:
    """The line of a lead in the header.

    Arguments:
        name: name of the lead.
        file: the file with its samples.
        format: format of the samples.
        repeats: samples in a frame, of which the record has a fixed number in a second.
        skew: frames by which the lead lags behind.
        offset: bytes before the first sample.
        gain: converter units per physical unit; None if the lead is not calibrated.
        baseline: converter units of the physical value 0.
        unit: the physical unit.
        start: the sample before the first one, for the format of differences.
    """

    name: str
    file: str
    format: int
    repeats: int
    skew: int
    offset: int
    gain: float | None
    baseline: int
    unit: str
    start: int


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a record.

    Arguments:
        path: of the header.
        rate: frames per second.
        frames: number of frames; 0 if the header does not contain it.
        leads: the lines of the leads.
    """

    path: Path
    rate: float
    frames: int
    leads: tuple[LeadLine, ...]


def read_header(path: Path) -> Header:
    """Return a header. Comments, date and time, which can identify the patient, are not parsed.

    Raises:
        MmcoreError: the header is not readable, or is that of several segments.
    """
    first, *rest = _lines(path)
    record = RECORD.fullmatch(first)
    if "/" in first.split()[0]:
        raise MmcoreError(
            f"'{path}' is the header of a record of several segments, expected one; name the headers of the"
            " segments instead, or join them, for example with wfdb.rdrecord and wfdb.wrsamp"
        )
    if record is None:
        raise MmcoreError(
            f"'{path}' is not a WFDB header of one segment; the first line must contain the name of the"
            " record, the number of leads, the rate and the number of samples"
        )
    leads = int(record["leads"])
    if len(rest) != leads or not leads:
        raise MmcoreError(
            f"the header '{path}' has {len(rest)} lines of leads, expected {leads or 'one or more'}; correct"
            " it"
        )
    lines = tuple(_lead(path, line, number) for number, line in enumerate(rest, 1))
    names = {line.name for line in lines}
    if len(names) < len(lines):
        raise MmcoreError(
            f"the header '{path}' has two leads with the same name; rename one of them"
        )
    rate = _number(path, record["rate"] or str(USUAL_RATE), 1)
    if rate <= 0:
        raise MmcoreError(f"the header '{path}' has the rate {rate:g}, expected samples per second")
    return Header(path, rate, int(record["samples"] or 0), lines)


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
    integers = fields[4:6]
    if (
        shape is None
        or (len(fields) > 2 and gain is None)
        or not all(map(INTEGER.fullmatch, integers))
    ):
        raise MmcoreError(
            f"line {number + 1} of the header '{path}' does not describe a lead; expected a file, a format,"
            " a gain and further fields"
        )
    if int(shape["format"]) not in FORMATS | FLAC:
        expected = ", ".join(map(str, sorted(FORMATS | FLAC)))
        raise MmcoreError(
            f"the header '{path}' has samples of format {fields[1]}, expected one of {expected}; convert the"
            " record, for example with xform"
        )
    zero, *start = map(int, integers) if integers else (0,)
    return LeadLine(
        name=fields[8].strip() if len(fields) > 8 else f"lead {number}",
        file=fields[0],
        format=int(shape["format"]),
        repeats=int(shape["repeats"] or 1),
        skew=int(shape["skew"] or 0),
        offset=int(shape["offset"] or 0),
        gain=_number(path, gain["gain"], number + 1) or None if gain else None,
        baseline=int(gain["baseline"]) if gain and gain["baseline"] else zero,
        unit=(gain["unit"] if gain else None) or USUAL_UNIT,
        start=start[0] if start else zero,
    )


def _number(path: Path, text: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise MmcoreError(
            f"line {line} of the header '{path}' has '{text}', expected a number; correct it"
        )
    return value
