"""Which images of a page scroll on a phone: those whose details would be too small."""

import io

import pytest
from PIL import Image as Picture

from mmcore.reporting.images import Image


@pytest.mark.parametrize(
    ("size", "wide"),
    [((1500, 200), True), ((700, 300), True), ((700, 500), False), ((500, 200), False)],
)
def test_a_wide_image_that_is_broader_than_a_phone_scrolls(size, wide):
    file = io.BytesIO()
    Picture.new("L", size).save(file, "png")
    assert Image(file.getvalue()).is_wide == wide
