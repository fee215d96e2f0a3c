"""The information of a digit about an image, for textures with a known answer."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
COVER = np.array([[0.0, 0.3], [0.6, 1.0]])


@pytest.fixture(scope="module")
def textures():
    spec = spec_from_file_location("tex", ROOT / "benchmarks" / "polymnist_textures.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_texture_of_one_color_is_always_known(textures):
    gain = textures.gain_of(np.full((5, 3), 0.2), COVER)
    # Of two pixels, .3 and .4 of the digits are wrong, by .6 in three colors.
    assert gain.known == pytest.approx(0.7 * 0.6 * 3 / 0.75)
    assert gain.unknown == pytest.approx(gain.known)


def test_a_texture_that_its_inversion_does_not_change_hides_the_digit(textures):
    dark = np.linspace(0, 0.4, 7)[:, None].repeat(3, 1)
    gain = textures.gain_of(np.concatenate([dark, 1 - dark]), COVER)
    assert gain.unknown == pytest.approx(0, abs=1e-9)
    assert gain.known > 1
