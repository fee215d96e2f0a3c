"""Reading image files as bytes of one size."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from PIL import Image

from mmcore import MmcoreError
from mmcore.data.tables import (
    Counted,
    Reader,
    Reading,
    Records,
    StoredFile,
    read_each,
    stamps_of,
    stored_files,
)
from mmcore.plugins import Context
from mmcore.storage.arrays import cached_array
from mmcore_image.files import is_colored, read_pixels, size_of
from mmcore_image.pixels import Pixels
from mmcore_image.ranges import brightest_pixels, of_another_range, unused_range
from mmcore_image.settings import DEFAULT_SIDE, LEAST_SIDE, ImageSettings

VERSION = "image 5"
"""Part of the cache key; increase it when the values of a file change."""
NAMED = 3
DISTORTED = 1.05
"""Factor between the width-to-height ratio of a file and of its resized image that is worth a remark."""


class ImageReader(Reader):
    """Reads a column of paths or of bytes. Images are resized once and stored in the cache folder.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: ImageSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with size, ``color`` and ``brightest``, which all training images decide."""
        height, width = self._sides(records)
        chosen = self._settings.model_copy(update={"height": height, "width": width})
        if chosen.color is None:
            color = any(map(self._is_colored, stored_files(records)))
            chosen = chosen.model_copy(update={"color": color})
        stored = ImageReader(chosen)._stored(records)
        brightest = brightest_pixels(stored["largest"], stored["white"])
        return chosen.model_copy(update={"brightest": brightest}).model_dump(mode="json")

    def read(self, records: Records) -> Reading:
        """Return (N, C, H, W) bytes."""
        stored = self._stored(records)
        return Reading(torch.from_numpy(stored["values"]), self._notes(stored))

    def describe(self, records: Records) -> str:
        """Return the size of the resized images and whether they have colors."""
        kind = "color" if self._settings.color else "grayscale"
        height, width = self._settings.sides
        return f"{kind} images, resized to {height} x {width} pixels"

    def _sides(self, records: Records) -> tuple[int, int]:
        """Return the given height and width; without them, those of the largest image, if all are small."""
        chosen, sides = self._settings, np.full(2, LEAST_SIDE)
        if (chosen.height, chosen.width) != (None, None):
            return chosen.sides
        for file in stored_files(records):
            try:
                sides = np.maximum(sides, size_of(file, chosen.page, chosen.bits))
            except MmcoreError:
                continue  # `_stored` reads all files afterwards, and names those that fail
            if sides.max() >= DEFAULT_SIDE:
                return chosen.sides
        return int(sides[0]), int(sides[1])

    def findings(self, records: Records) -> list[str]:
        """Return a remark on files that have the same pixels."""
        seen: dict[bytes, str] = {}
        same = []
        for key, value in zip(map(str, records.ids), self._stored(records)["values"], strict=True):
            first = seen.setdefault(blake2b(np.ascontiguousarray(value)).digest(), key)
            if first != key:
                same.append(f"'{key}' is '{first}'")
        which = "1 training image has" if len(same) == 1 else f"{len(same)} training images have"
        shown = ", ".join(same[:NAMED])
        return [f"{which} the pixels of another one: {shown}"] if same else []

    def _is_colored(self, file: StoredFile) -> bool:
        try:
            return is_colored(file, self._settings.page, self._settings.bits)
        except MmcoreError:
            return False  # `_stored` reads all files afterwards, and names those that fail

    def _stored(self, records: Records) -> np.ndarray:
        """Return the resized images, and what is remarkable of each file."""
        chosen = self._settings
        shape = (3 if chosen.color else 1, *chosen.sides)
        kind = np.dtype(
            [
                ("values", np.uint8, shape),
                ("largest", np.float64),
                ("white", np.float64),
                ("turned", np.bool_),
                ("colored", np.bool_),
                ("distorted", np.bool_),
                ("flat", np.bool_),
            ],
            align=True,
        )

        def fill(array: np.ndarray) -> None:
            files = read_each(
                stored_files(records), lambda file: read_pixels(file, chosen.page, chosen.bits)
            )
            for row, pixels in enumerate(files):
                largest = pixels.values.max()
                facts = (
                    largest,
                    pixels.white,
                    pixels.turned,
                    pixels.colored,
                    self._distorted(pixels),
                    not np.ptp(pixels.values, axis=(0, 1)).any(),
                )
                array[row] = (self._resized(pixels), *facts)

        key = [VERSION, str(chosen.page), str(chosen.bits), *stamps_of(records)]
        return cached_array(key, (len(records),), kind, fill)

    def _distorted(self, pixels: Pixels) -> bool:
        (height, width), sides = pixels.values.shape[:2], self._settings.sides
        factor = width * sides[0] / (height * sides[1])
        return max(factor, 1 / factor) > DISTORTED

    def _resized(self, pixels: Pixels) -> np.ndarray:
        chosen = self._settings
        picture = pixels.picture().convert("RGB" if chosen.color else "L")
        size = chosen.sides[::-1]
        if picture.size != size:
            picture = picture.resize(size, Image.Resampling.BILINEAR)
        array = np.asarray(picture)
        return array.transpose(2, 0, 1) if chosen.color else array[None]

    def _notes(self, stored: np.ndarray) -> tuple[str | Counted, ...]:
        total, grey = len(stored), not self._settings.color
        height, width = self._settings.sides
        return (
            Counted(
                int(stored["turned"].sum()),
                total,
                "files state an orientation (EXIF) and are turned upright",
            ),
            Counted(
                int(stored["colored"].sum()) if grey else 0,
                total,
                "files have colors and are read in grayscale",
            ),
            Counted(
                int(stored["distorted"].sum()),
                total,
                f"files have another ratio of width to height than {width} x {height} pixels and are"
                " squeezed; set width and height to their ratio, or crop the files",
            ),
            Counted(
                int(stored["flat"].sum()),
                total,
                "files have one color, because all pixels are equal",
            ),
            of_another_range(stored["largest"], stored["white"]),
            *(unused_range(*pair, "bits") for pair in self._settings.brightest),
        )
