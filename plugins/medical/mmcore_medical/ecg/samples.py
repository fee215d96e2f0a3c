"""The sample formats of WFDB files: from bytes to integers.

References:
    Moody, "WFDB Applications Guide", signal(5).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["DIFFERENCES", "FLAC", "FORMATS", "SampleFormat"]

DIFFERENCES = 8
"""The format of differences of successive samples."""
FLAC = {508: -128, 516: -32768, 524: -8388608}
"""Compressed formats, and the code of a missing sample in each."""


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """A sample format.

    Arguments:
        group: number of samples that are stored together.
        size: number of bytes of a group.
        unpack: from bytes of whole groups, (G, size) uint8, to samples, (G, group).
        missing: the code of a missing sample; None if there is none.
        ends: number of bytes of a last group by its number of samples, if it can be shorter.
    """

    group: int
    size: int
    unpack: Callable[[np.ndarray], np.ndarray]
    missing: int | None
    ends: tuple[int, ...] = ()

    def bytes_of(self, samples: int) -> int:
        """Return the least number of bytes of ``samples`` samples."""
        groups, rest = divmod(samples, self.group)
        return groups * self.size + (self.ends[rest - 1] if rest else 0)

    def samples_in(self, size: int) -> int:
        """Return the largest number of samples in ``size`` bytes."""
        groups, rest = divmod(size, self.size)
        return groups * self.group + sum(rest >= end for end in self.ends)

    def read(self, stored: bytes, samples: int) -> np.ndarray:
        """Return the first ``samples`` samples, int64."""
        groups = -(-samples // self.group)
        content = stored[: groups * self.size].ljust(groups * self.size, b"\0")
        rows = np.frombuffer(content, np.uint8).reshape(groups, self.size)
        return self.unpack(rows).astype(np.int64).reshape(-1)[:samples]


def _as(kind: str) -> Callable[[np.ndarray], np.ndarray]:
    def unpack(rows: np.ndarray) -> np.ndarray:
        values: np.ndarray[Any, Any] = np.ascontiguousarray(rows).view(kind)
        return values

    return unpack


def _twenty_four(rows: np.ndarray) -> np.ndarray:
    low, middle, high = rows.astype(np.int64).T
    return _signed(low | middle << 8 | high << 16, 24)


def _pairs_of_twelve(rows: np.ndarray) -> np.ndarray:
    # The first and the third byte are low, the second has both high halves.
    low, high, other = rows.astype(np.int64).T
    return _signed(np.stack([low | (high & 0x0F) << 8, other | (high & 0xF0) << 4], axis=1), 12)


def _triples_of_310(rows: np.ndarray) -> np.ndarray:
    # Bits 1 to 10 of both words, and 5 bits of each for the third sample.
    first, second = np.ascontiguousarray(rows).view("<u2").astype(np.int64).T
    third = first >> 11 | (second >> 11) << 5
    return _signed(np.stack([first >> 1 & 0x3FF, second >> 1 & 0x3FF, third], axis=1), 10)


def _triples_of_311(rows: np.ndarray) -> np.ndarray:
    word = np.ascontiguousarray(rows).view("<u4").astype(np.int64)[:, 0]
    return _signed(np.stack([word >> shift & 0x3FF for shift in (0, 10, 20)], axis=1), 10)


def _signed(values: np.ndarray, bits: int) -> np.ndarray:
    return np.where(values >= 1 << (bits - 1), values - (1 << bits), values)


FORMATS = {
    DIFFERENCES: SampleFormat(1, 1, _as("i1"), None),
    16: SampleFormat(1, 2, _as("<i2"), -(2**15)),
    24: SampleFormat(1, 3, _twenty_four, -(2**23)),
    32: SampleFormat(1, 4, _as("<i4"), -(2**31)),
    61: SampleFormat(1, 2, _as(">i2"), -(2**15)),
    80: SampleFormat(1, 1, lambda rows: rows.astype(np.int64) - 2**7, -(2**7)),
    160: SampleFormat(1, 2, lambda rows: _as("<u2")(rows).astype(np.int64) - 2**15, -(2**15)),
    212: SampleFormat(2, 3, _pairs_of_twelve, -(2**11), (2,)),
    310: SampleFormat(3, 4, _triples_of_310, -(2**9), (2, 4)),
    311: SampleFormat(3, 4, _triples_of_311, -(2**9), (2, 3)),
}
"""By number."""
