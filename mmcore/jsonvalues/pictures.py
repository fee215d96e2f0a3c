"""Pictures in JSON: PNG files in base64."""

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, final

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError
from pydantic import Field
from torch import Tensor

from mmcore.data.tables import Reading
from mmcore.errors import MmcoreError
from mmcore.jsonvalues.base import ValueForm
from mmcore.modality import Modality
from mmcore.values import as_values

__all__ = ["PictureForm", "png"]

FORMATS = ("PNG", "JPEG")
PREFIX = "data:image/"
"""Start of a picture that a browser has encoded, which ends at the first comma."""
MOST_BYTES = 1 << 24
"""Characters of a picture; those of the largest pictures of a model are far fewer."""


@final
@dataclass(frozen=True, slots=True)
class PictureForm(ValueForm):
    """A picture of one size, in gray or in color.

    Arguments:
        name: of the modality, for messages.
        modality: whose values are (C, H, W) in [0, 1].
    """

    kind: ClassVar[Literal["pictures"]] = "pictures"
    name: str
    modality: Modality

    @property
    def json_type(self) -> Any:
        """A string in base64."""
        channels, height, width = self.modality.event_shape
        colors = "gray" if channels == 1 else "RGB"
        about = f"PNG or JPEG file in base64, {width} x {height} pixels; responses have PNG files, {colors}"
        extra: Any = {"contentEncoding": "base64", "contentMediaType": "image/png"}
        return Annotated[
            str, Field(description=about, max_length=MOST_BYTES, json_schema_extra=extra)
        ]

    def read(self, values: Sequence[Any], ids: pd.Index) -> Reading:
        """Return the pixels of pictures as bytes, (N, C, H, W)."""
        pictures = [self._picture(value, key) for value, key in zip(values, ids, strict=True)]
        return Reading(as_values(self.name, self.modality, pictures))

    def write(self, values: Tensor) -> list[str]:
        """Return PNG files in base64."""
        return [base64.b64encode(png(value)).decode("ascii") for value in values]

    def _picture(self, value: Any, key: str) -> Image.Image:
        text = str(value)
        encoded = text.partition(",")[2] if text.startswith(PREFIX) else text
        try:
            picture = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)), "r", FORMATS)
            self._check_size(picture, key)
            picture.load()
        except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise MmcoreError(
                f"'{self.name}' of record '{key}' is no picture: '{text[:20]}'; expected a PNG or JPEG file"
                " in base64"
            ) from error
        return picture

    def _check_size(self, picture: Image.Image, key: str) -> None:
        """Refuse a picture of another size before its pixels take memory."""
        _, height, width = self.modality.event_shape
        if picture.size != (width, height):
            raise MmcoreError(
                f"'{self.name}' of record '{key}' has {picture.width} x {picture.height} pixels, expected"
                f" {width} x {height}; resize the picture"
            )


def png(value: Tensor) -> bytes:
    """Return a picture, (C, H, W) in [0, 1] with one or three channels, as a PNG file."""
    pixels = (
        (value.detach().cpu().float().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    )
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.squeeze(-1) if len(value) == 1 else pixels)).save(
        file, format="PNG"
    )
    return file.getvalue()
