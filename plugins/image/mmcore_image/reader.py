"""Reading image files as bytes of one size."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mmcore.data.tables import Reader, Reading, Records, files_of, stamps
from mmcore.files import cached_array
from mmcore.plugins import Context
from mmcore_image.files import open_picture
from mmcore_image.settings import ImageSettings

COLOR_SAMPLE = 50
"""Number of training pictures from which `color` is inferred."""


class ImageReader(Reader):
    """Reads a column of paths. Images are resized once and stored in the cache folder.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: ImageSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with ``color``, which the first training images decide."""
        color = self._settings.color
        if color is None:
            first = files_of(records)[:COLOR_SAMPLE]
            color = any(open_picture(path).mode == "RGB" for path in first)
        fitted = self._settings.model_copy(update={"color": color})
        return fitted.model_dump(mode="json")

    def read(self, records: Records) -> Reading:
        """Return (N, C, H, W) bytes."""
        chosen, paths = self._settings, files_of(records)
        shape = (len(paths), 3 if chosen.color else 1, chosen.height, chosen.width)

        def fill(values: np.ndarray) -> None:
            for row, path in enumerate(paths):
                values[row] = self._resized(path)

        return Reading(torch.from_numpy(cached_array(stamps(paths), shape, np.uint8, fill)))

    def _resized(self, path: Path) -> np.ndarray:
        chosen = self._settings
        picture = open_picture(path).convert("RGB" if chosen.color else "L")
        if picture.size != (chosen.width, chosen.height):
            picture = picture.resize((chosen.width, chosen.height), Image.Resampling.BILINEAR)
        array = np.asarray(picture)
        return array.transpose(2, 0, 1) if chosen.color else array[None]
