"""Both modalities are held to the kit, with the tiny encoders of their defaults."""

from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "hf-text")
def test_text(check):
    check()


@parametrize_checks("modality", "hf-image")
def test_image(check):
    check()
