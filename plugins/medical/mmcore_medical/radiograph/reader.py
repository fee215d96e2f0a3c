"""Reading radiographs of any size and depth as integers of one size."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcore_image.ranges import brightest_pixels, of_another_range, unused_range

from mmcore.data.tables import Counted, Reader, Reading, Records, files_of, read_each, stamps
from mmcore.plugins import Context
from mmcore.storage.arrays import cached_array
from mmcore_medical.patients import refuse_unsplit_patients
from mmcore_medical.radiograph.dicom import CONVERTED, OVERLAYS, SEVERAL_FRAMES
from mmcore_medical.radiograph.display import EMPTY_WINDOW, NO_WINDOW, SEVERAL_WINDOWS
from mmcore_medical.radiograph.files import FLAT, TURNED, read_radiograph, squared
from mmcore_medical.radiograph.settings import RadiographSettings
from mmcore_medical.radiograph.spacing import OBLONG

VERSION = "radiograph 5"
"""Part of the cache key; increase it when the values of a file change."""

DARKEST_TO_BRIGHTEST = "and are displayed from their darkest to their brightest pixel"
REMARKS = {
    NO_WINDOW: f"DICOM files have no window {DARKEST_TO_BRIGHTEST}",
    EMPTY_WINDOW: f"DICOM files have a window of width 0 {DARKEST_TO_BRIGHTEST}",
    SEVERAL_WINDOWS: "DICOM files have several windows, of which the first is used",
    SEVERAL_FRAMES: "DICOM files have several frames, which are read as the option frames states",
    OVERLAYS: "DICOM files have overlays, which are not drawn",
    CONVERTED: "files have colors and are converted to grayscale",
    FLAT: "files have one shade of gray, because their pixels are equal or outside of their window",
    OBLONG: "DICOM files state pixels that are not square, and are stretched until they are",
    TURNED: "files state an orientation (EXIF) and are turned upright",
}


class RadiographReader(Reader):
    """Reads a column of paths. The cache folder stores pixels and no other data of a file.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: RadiographSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with ``brightest``; the other settings do not depend on the records."""
        refuse_unsplit_patients(records)
        stored = self._stored(files_of(records))
        brightest = brightest_pixels(stored["largest"], stored["white"])
        fitted = self._settings.model_copy(update={"brightest": brightest})
        return fitted.model_dump(mode="json", exclude_defaults=True)

    def read(self, records: Records) -> Reading:
        """Return (N, 1, S, S), bytes or int16."""
        stored = self._stored(files_of(records))
        counts = {fact: int(stored[fact].sum()) for fact in REMARKS}
        notes = [Counted(counts[fact], len(stored), text) for fact, text in REMARKS.items()]
        unused = [unused_range(*pair, "depth") for pair in self._settings.brightest]
        notes.append(of_another_range(stored["largest"], stored["white"]))
        return Reading(torch.from_numpy(stored["values"]), (*notes, *unused))

    def _stored(self, paths: list[Path]) -> np.ndarray:
        """Return the resized images, and what is remarkable of each file."""
        chosen = self._settings
        deep = chosen.bits == 16
        shape = (1, chosen.size, chosen.size)
        facts = [(fact, np.bool_) for fact in REMARKS]
        own = [
            ("values", np.int16 if deep else np.uint8, shape),
            ("largest", "f8"),
            ("white", "f8"),
        ]

        def fill(array: np.ndarray) -> None:
            images = read_each(paths, lambda path: read_radiograph(path, chosen))
            for row, image in enumerate(images):
                grey = squared(image.grey, chosen.size)[None]
                values = np.round(grey * 65535) - 32768 if deep else np.round(grey * 255)
                remarkable = (fact in image.remarkable for fact in REMARKS)
                array[row] = (values, image.largest, image.white, *remarkable)

        read_by = [chosen.frames, chosen.grayscale, chosen.depth, chosen.page]
        key = [VERSION, *map(str, read_by), *stamps(paths)]
        return cached_array(key, (len(paths),), np.dtype([*own, *facts], align=True), fill)

    def describe(self, records: Records) -> str:
        """Return the size of the resized images."""
        return f"radiographs, resized to {self._settings.size} x {self._settings.size} pixels"
