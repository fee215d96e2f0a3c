"""PNG images as parts of a page."""

import base64
import struct
from dataclasses import dataclass

__all__ = ["Image"]

SIZE = slice(16, 24)
"""The bytes of a PNG file that have its width and its height."""
WIDE, LEAST_WIDE = 2.0, 640
"""Width in heights, and in pixels, from which a page shows an image in a region that scrolls on a phone."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image.

    Arguments:
        content: of the PNG file.
    """

    content: bytes

    @property
    def uri(self) -> str:
        """The address that has the content in it."""
        return "data:image/png;base64," + base64.b64encode(self.content).decode()

    @property
    def width(self) -> int:
        """Pixels."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self._size[1]

    @property
    def is_wide(self) -> bool:
        """Whether its details are too small on a phone if all of it is visible."""
        return self.width > max(WIDE * self.height, LEAST_WIDE)

    @property
    def _size(self) -> tuple[int, int]:
        width, height = struct.unpack(">II", self.content[SIZE])
        return width, height
