"""Reading radiographs of any size and depth as integers of one size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from mmcore.data.tables import Reader, Reading, Records, files_of, stamps
from mmcore.files import cached_array
from mmcore.plugins import Context
from mmcore_medical.patients import refuse_unsplit_patients
from mmcore_medical.radiograph.files import read_grey, squared
from mmcore_medical.radiograph.settings import RadiographSettings

VERSION = "radiograph 1"
"""Part of the cache key; increase it when the values of a file change."""


class RadiographReader(Reader):
    """Reads a column of paths. The cache folder stores pixels and no other data of a file.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: RadiographSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings, which do not depend on the records."""
        refuse_unsplit_patients(records)
        files_of(records)
        return self._settings.model_dump(mode="json", exclude_defaults=True)

    def read(self, records: Records) -> Reading:
        """Return (N, 1, S, S), bytes or int16."""
        size, deep = self._settings.size, self._settings.bits == 16
        paths = files_of(records)

        def fill(values: np.ndarray) -> None:
            for row, path in enumerate(paths):
                grey = squared(read_grey(path), size)
                values[row, 0] = np.round(grey * 65535) - 32768 if deep else np.round(grey * 255)

        shape = (len(paths), 1, size, size)
        kind = np.int16 if deep else np.uint8
        values = cached_array([VERSION, *stamps(paths)], shape, kind, fill)
        return Reading(torch.from_numpy(values))

    def describe(self, records: Records) -> str:
        """Return the size of the resized images."""
        return f"radiographs, resized to {self._settings.size} x {self._settings.size} pixels"
