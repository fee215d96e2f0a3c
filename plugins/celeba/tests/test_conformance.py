"""Both modalities are held to the kit, narrow as in their examples."""

from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "celeba-image")
def test_image(check):
    check()


@parametrize_checks("modality", "celeba-text")
def test_text(check):
    check()
