"""The compressed samples of WFDB files, read by libsndfile."""

from pathlib import Path

import numpy as np

from mmcore import MmcoreError
from mmcore_medical.ecg.header import Header, LeadLine

__all__ = ["read_flac"]

BITS = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}
MOST_BITS_OFFSET = 500
"""A format is this number and the largest number of bits of a sample."""
WORD = 32


def read_flac(path: Path, header: Header, lines: list[LeadLine]) -> np.ndarray:
    """Return the stored integers of a FLAC file, a row for each frame of the record.

    Raises:
        MmcoreError: the package soundfile is missing, or the file does not match the header.
    """
    try:
        import soundfile
    except ImportError:
        raise MmcoreError(
            f"'{path}' has samples in FLAC, for which the package soundfile is not installed; install it with"
            " pip install 'mmcore-medical[flac]'"
        ) from None
    repeats, frame = {line.repeats for line in lines}, lines[0].repeats
    least = header.frames * frame
    try:
        with soundfile.SoundFile(path) as file:
            bits, channels = BITS.get(file.subtype), file.channels
            file.seek(lines[0].offset)
            stored = file.read(least or -1, dtype="int32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise MmcoreError(
            f"'{path}' is not a readable FLAC file ({error}); download it again"
        ) from error
    wrong = channels != len(lines) or bits is None or bits > lines[0].format - MOST_BITS_OFFSET
    if wrong or len(repeats) > 1 or len(stored) < least or len(stored) % frame:
        raise MmcoreError(
            f"'{path}' has {channels} channels of {len(stored)} samples of {bits} bits, expected"
            f" {len(lines)} channels of {least} samples of {lines[0].format - MOST_BITS_OFFSET} bits, as in"
            f" the header '{header.path.name}'; download both files again"
        )
    frames = (stored >> (WORD - bits)).reshape(-1, frame, len(lines)).transpose(0, 2, 1)
    return frames.reshape(len(frames), -1)
