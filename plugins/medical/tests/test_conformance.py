"""Every kind is held to the kit, with settings as they are after fitting."""

from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "radiograph")
def test_radiograph(check):
    check()


@parametrize_checks("modality", "report")
def test_report(check):
    check()


@parametrize_checks("modality", "labs")
def test_labs(check):
    check()


@parametrize_checks("modality", "omics")
def test_omics(check):
    check()


@parametrize_checks("modality", "ecg")
def test_ecg(check):
    check()
