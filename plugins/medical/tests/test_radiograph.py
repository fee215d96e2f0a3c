"""Radiographs: what is displayed, and what is refused."""

import logging

import numpy as np
import pydicom
import pytest
import torch
from mmcore_medical.radiograph.dicom import OVERLAY_ROWS, TAGS, read_dicom
from mmcore_medical.radiograph.files import read_radiograph, squared
from mmcore_medical.radiograph.modality import Radiograph
from mmcore_medical.radiograph.reader import RadiographReader
from mmcore_medical.radiograph.settings import RadiographSettings
from mmcore_medical.synthetic import write_dicom
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, JPEGExtended12Bit, JPEGLSLossless

from mmcore import MmcoreError
from mmcore.data.tables.remarks import summed
from mmcore.plugins import Context

NAME = "Doe^Unmistakable"


@pytest.fixture
def pixels():
    return np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)  # all of 12 bits


@pytest.fixture
def dicom(tmp_path, pixels):
    """Write a DICOM file with some elements changed, and return its path."""

    def write(**changes):
        path = tmp_path / "a.dcm"
        write_dicom(path, pixels, "p1")
        file = pydicom.dcmread(path)
        file.PatientName, file.PatientID = NAME, NAME
        for name, value in changes.items():
            if value is None:
                del file[name]
            else:
                setattr(file, name, value)
        file.save_as(path)
        return path

    return write


def shown(path, **options):
    return read_dicom(path, **options)[0]


def test_a_window_over_all_values_changes_nothing(dicom, pixels):
    actual = shown(dicom())
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, pixels / 4095, atol=1e-3)


def test_without_a_window_the_pixels_own_range_counts(dicom, pixels):
    path = dicom(WindowCenter=None, WindowWidth=None, RescaleSlope="3", RescaleIntercept="-7")
    np.testing.assert_allclose(shown(path), pixels / 4095, atol=1e-6)


def test_a_window_is_in_rescaled_units(dicom, pixels):
    path = dicom(RescaleSlope="2", RescaleIntercept="-1000", WindowCenter="1000", WindowWidth="400")
    actual, rescaled = shown(path), pixels * 2.0 - 1000
    assert (actual[rescaled <= 799] == 0).all()
    assert (actual[rescaled > 1200] == 1).all()
    assert actual[np.abs(rescaled - 1000) < 2].mean() == pytest.approx(0.5, abs=0.01)


def test_monochrome1_is_the_negative(dicom):
    positive = shown(dicom())
    negative = shown(dicom(PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_allclose(negative, 1 - positive, atol=1e-6)


def test_a_lookup_table_comes_before_a_window(dicom, pixels):
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4096, 0, 16], pixels[::-1, ::-1].astype("<u2").tobytes()
    path = dicom(VOILUTSequence=[table])
    np.testing.assert_allclose(shown(path), 1 - pixels / 4095, atol=1e-6)


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_RLE.dcm", "CT_small.dcm"])
def test_signed_pixels_and_real_scanners(name):
    path = get_testdata_file(name, download=False)
    actual = shown(path)
    stored = pydicom.dcmread(path).pixel_array
    assert actual.shape == stored.shape
    assert 0 <= actual.min() < actual.max() <= 1
    order = np.argsort(stored, axis=None)
    assert (np.diff(actual.flatten()[order]) >= 0).all()  # brighter stays brighter


def test_nothing_but_display_tags_is_read(dicom, monkeypatch):
    path, seen, read = dicom(), [], pydicom.dcmread
    monkeypatch.setattr(pydicom, "dcmread", lambda *a, **k: seen.append(read(*a, **k)) or seen[-1])
    read_dicom(path)
    assert "PatientName" not in seen[0]
    allowed = {*map(tag_for_keyword, TAGS), *OVERLAY_ROWS, tag_for_keyword("SpecificCharacterSet")}
    assert {int(element.tag) for element in seen[0]} <= allowed


def test_pictures_of_eight_and_sixteen_bits(tmp_path):
    grey = np.linspace(0, 255, 100, dtype=np.uint8).reshape(10, 10)
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        actual = read_radiograph(tmp_path / name, RadiographSettings())
        np.testing.assert_allclose(actual.grey, grey / 255, atol=1e-6)


def test_nothing_is_squeezed():
    tall = squared(np.ones((40, 20), dtype=np.float32), 16)
    assert tall.shape == (16, 16)
    assert (tall[:, 5:11] > 0.99).all()
    assert (tall[:, [0, 1, 2, 13, 14, 15]] == 0).all()


@pytest.mark.parametrize(
    ("elements", "shape"),
    [
        ({"PixelSpacing": [0.2, 0.1]}, (128, 64)),
        ({"ImagerPixelSpacing": [0.1, 0.25]}, (64, 160)),
        ({"PixelAspectRatio": ["3", "2"]}, (96, 64)),
        ({"PixelSpacing": [0.1, 0.1], "PixelAspectRatio": [3, 2]}, (64, 64)),
        ({"PixelSpacing": [0.143, 0.1431]}, (64, 64)),
        ({"PixelSpacing": [0, 0.1]}, (64, 64)),
    ],
)
def test_pixels_that_are_not_square_become_square(dicom, records_of, elements, shape):
    path = dicom(**elements)
    assert shown(path).shape == shape
    notes = summed(RadiographReader(RadiographSettings()).read(records_of([path])).notes)
    assert any("not square" in note for note in notes) == (shape != (64, 64))


@pytest.mark.parametrize(("bits", "kind"), [(8, torch.uint8), (16, torch.int16)])
def test_read_and_prepare_are_inverse_to_within_half_a_step(dicom, records_of, bits, kind):
    settings = RadiographSettings(size=64, bits=bits, features=4)
    values = RadiographReader(settings).read(records_of([dicom()])).values
    assert values.dtype == kind
    actual = Radiograph(settings, Context.of(4)).prepare(values)
    expected = torch.tensor(squared(shown(dicom()), 64))
    torch.testing.assert_close(actual[0, 0], expected, atol=0.51 / (2**bits - 1), rtol=0)


def _compressed(dicom, syntax=JPEGLSLossless):
    path = dicom()
    file = pydicom.dcmread(path)
    file.file_meta.TransferSyntaxUID = syntax
    file.PixelData = encapsulate([b"\xff\xd8 no picture"])
    file["PixelData"].VR = "OB"
    file.save_as(path)
    return path


def _no_number(dicom):
    path = dicom(NumberOfFrames="77")
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x0077", b"IS\x02\x001A"))
    return path


def _video(dicom):
    return _compressed(dicom, MPEG2MPML)


def _deep_jpeg(dicom):
    return _compressed(dicom, JPEGExtended12Bit)


def _not_dicom(dicom):
    path = dicom()
    path.write_bytes(b"%PDF-1.7 " + NAME.encode() * 30)
    return path


def _cut_short(dicom):
    path = dicom()
    path.write_bytes(path.read_bytes()[:-1000])
    return path


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda dicom: dicom(PixelData=None), "has no pixels"),
        (_not_dicom, "is not a DICOM file"),
        (_compressed, r"JPEG-LS.*pip install pylibjpeg pylibjpeg-libjpeg"),
        (_cut_short, "is not readable"),
        (lambda dicom: dicom(NumberOfFrames="2"), "2 frames, expected 1"),
        (lambda dicom: dicom(PhotometricInterpretation="RGB"), "RGB, expected MONOCHROME1 or"),
        (_no_number, "is not readable"),
        (lambda dicom: dicom(PhotometricInterpretation="HSV"), "interpretation HSV, expected"),
        (lambda dicom: dicom(RescaleSlope="0", RescaleIntercept="0"), "the rescale slope 0"),
        pytest.param(
            lambda dicom: dicom(RescaleSlope="nan", RescaleIntercept="0"),
            "the rescale slope nan",
            marks=pytest.mark.filterwarnings("ignore:Invalid value for VR DS"),
        ),
        (_video, "MPEG2 .*, which pydicom does not decode"),
        (_deep_jpeg, r"JPEG Extended .*pip install pylibjpeg pylibjpeg-libjpeg"),
    ],
)
def test_bad_files_are_told_in_one_sentence(dicom, records_of, spoil, message, tmp_path, caplog):
    path = spoil(dicom)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MmcoreError, match=message) as caught:
        RadiographReader(RadiographSettings()).read(records_of([path]))
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is None
    assert NAME not in str(caught.value) + caplog.text
    assert not list(tmp_path.rglob("*.npy"))


def test_a_picture_that_is_none(tmp_path):
    (tmp_path / "a.png").write_text("nothing")
    with pytest.raises(MmcoreError, match=r"a.png' is not a readable image"):
        read_radiograph(tmp_path / "a.png", RadiographSettings())
