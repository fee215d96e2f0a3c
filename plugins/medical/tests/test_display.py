"""What a DICOM file states of its display is honoured, or remarked on with counts."""

import numpy as np
import pydicom
import pytest
from mmcore_medical.radiograph.dicom import read_dicom
from mmcore_medical.radiograph.reader import RadiographReader
from mmcore_medical.radiograph.settings import RadiographSettings
from mmcore_medical.synthetic import write_dicom
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from mmcore import MmcoreError
from mmcore.data.tables.remarks import summed

PIXELS = np.linspace(0, 4095, 64).reshape(8, 8).astype(np.uint16)


@pytest.fixture
def dicom(tmp_path):
    """Write a DICOM file with other pixels and some elements changed, and return its path."""

    def write(pixels=PIXELS, name="a.dcm", **changes):
        path = tmp_path / name
        write_dicom(path, pixels[..., 0] if pixels.ndim == 3 else pixels, "p1")
        file = pydicom.dcmread(path)
        if pixels.ndim == 3:
            file.NumberOfFrames = pixels.shape[-1]
            file.PixelData = np.moveaxis(pixels, -1, 0).astype("<u2").tobytes()
        for element, value in changes.items():
            if value is None:
                del file[element]
            elif "Padding" in element or "Descriptor" in element:
                file.add_new(element, "SS" if np.min(value) < 0 else "US", value)
            else:
                setattr(file, element, value)
        file.save_as(path)
        return path

    return write


def without_window(**changes):
    return {"WindowCenter": None, "WindowWidth": None, **changes}


def normalized(values):
    return (values - values.min()) / (values.max() - values.min())


@pytest.mark.parametrize(
    ("window", "fact"),
    [
        ({"WindowWidth": "0"}, "empty window"),
        ({"WindowWidth": "-5"}, "empty window"),
        ({"WindowWidth": "0.5"}, "empty window"),
        ({"WindowWidth": "0", "VOILUTFunction": "LINEAR_EXACT"}, "empty window"),
        ({"WindowWidth": ""}, "no window"),
        ({"WindowCenter": None}, "no window"),
        (without_window(), "no window"),
    ],
)
def test_without_a_usable_window_the_range_of_the_pixels_counts(dicom, window, fact):
    actual, facts = read_dicom(dicom(PIXELS // 2 + 700, **window))
    np.testing.assert_allclose(actual, normalized(PIXELS // 2), atol=1e-6)
    assert facts == {fact}


def test_an_image_of_one_shade_is_remarked_on(dicom, records_of, tmp_path):
    Image.new("L", (8, 8), 7).save(tmp_path / "c.png")
    window = {"WindowCenter": "60000", "WindowWidth": "5"}
    records = records_of([dicom(), dicom(name="b.dcm", **window), tmp_path / "c.png"])
    notes = summed(RadiographReader(RadiographSettings(size=8)).read(records).notes)
    assert next(note for note in notes if "one shade" in note).startswith("2 of 3 files")


def test_the_first_of_several_windows_is_used(dicom):
    first, _ = read_dicom(dicom(WindowCenter="1000", WindowWidth="500"))
    actual, facts = read_dicom(dicom(WindowCenter=["1000", "3000"], WindowWidth=["500", "90"]))
    assert (actual == first).all()
    assert facts == {"several windows"}


def test_pixels_that_are_not_in_the_lowest_bits_are_refused(dicom):
    with pytest.raises(MmcoreError, match="HighBit 15 and BitsStored 12, expected HighBit 11"):
        read_dicom(dicom(PIXELS, BitsStored=12, HighBit=15))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_counts_for_no_range(dicom, photometric):
    pixels = PIXELS // 2 + 1000
    padded = pixels.copy()
    padded[:2] = 65535
    actual, _ = read_dicom(
        dicom(
            padded,
            **without_window(PixelPaddingValue=65535, PhotometricInterpretation=photometric),
            BitsStored=16,
            HighBit=15,
        )
    )
    expected = normalized(pixels[2:].astype(float))
    expected = 1 - expected if photometric == "MONOCHROME1" else expected
    np.testing.assert_allclose(actual[2:], expected, atol=1e-6)
    assert (actual[:2] == 0).all()


def test_padding_may_be_a_range_of_signed_pixels(dicom):
    signed = PIXELS.astype(np.int16) - 1000
    signed[0, :4] = [-2000, -1990, -1980, -1970]
    path = dicom(
        signed.view(np.uint16),
        **without_window(PixelRepresentation=1, BitsStored=16, HighBit=15),
        PixelPaddingValue=-2000,
        PixelPaddingRangeLimit=-1980,
        RescaleSlope="2",
        RescaleIntercept="-100",
    )
    actual, _ = read_dicom(path)
    rest = signed.reshape(-1)[3:].astype(float)
    np.testing.assert_allclose(actual.reshape(-1)[3:], normalized(rest), atol=1e-6)
    assert (actual[0, :3] == 0).all()


def test_a_file_of_padding_alone_is_black(dicom):
    path = dicom(np.full((8, 8), 7, np.uint16), **without_window(PixelPaddingValue=7))
    assert (read_dicom(path)[0] == 0).all()


def test_a_negative_slope_inverts_the_order(dicom):
    path = dicom(**without_window(RescaleSlope="-1", RescaleIntercept="4095"))
    np.testing.assert_allclose(read_dicom(path)[0], 1 - PIXELS / 4095, atol=1e-6)


def test_a_lookup_table_applies_to_rescaled_pixels(dicom):
    table = Dataset()
    data = np.arange(4096, dtype="<u2")[::-1]
    table.LUTDescriptor, table.LUTData = [4096, 0, 16], data.tobytes()
    path = dicom(VOILUTSequence=[table], RescaleSlope="1", RescaleIntercept="0")
    np.testing.assert_allclose(read_dicom(path)[0], 1 - PIXELS / 4095, atol=1e-6)


def test_overlays_in_unused_bits_are_no_pixels_and_are_remarked_on(dicom):
    drawn = PIXELS | np.uint16(0x8000)
    path = dicom(drawn, name="o.dcm")
    file = pydicom.dcmread(path)
    file.add_new(0x60000010, "US", 8)
    file.add_new(0x60000102, "US", 15)
    file.save_as(path)
    actual, facts = read_dicom(path)
    assert (actual == read_dicom(dicom())[0]).all()
    assert facts == {"overlays"}


FRAMES = np.stack([PIXELS // 4, PIXELS // 2, 3000 - PIXELS // 2], axis=-1)


def test_several_frames_are_read_by_the_setting(dicom):
    path = dicom(FRAMES, **without_window())
    for frames, expected in (
        ("first", FRAMES[..., 0]),
        ("middle", FRAMES[..., 1]),
        ("mean", FRAMES.mean(axis=-1)),
    ):
        actual, facts = read_dicom(path, frames)
        np.testing.assert_allclose(actual, normalized(expected.astype(float)), atol=1e-5)
        assert "several frames" in facts
    with pytest.raises(MmcoreError, match="3 frames, expected 1; set frames to first"):
        read_dicom(path)


def group(rescale=None, window=None):
    """Return a functional group of enhanced DICOM."""
    own, value, shown = Dataset(), Dataset(), Dataset()
    if rescale:
        value.RescaleSlope, value.RescaleIntercept = map(str, rescale)
        own.PixelValueTransformationSequence = [value]
    if window:
        shown.WindowCenter, shown.WindowWidth = map(str, window)
        own.FrameVOILUTSequence = [shown]
    return own


def test_each_frame_is_displayed_by_its_own_attributes(dicom):
    plain = dicom(PIXELS // 4 * 2 + 7, WindowCenter="900", WindowWidth="600")
    expected, _ = read_dicom(plain)
    frames = np.stack([PIXELS // 4] * 3, axis=-1)
    path = dicom(
        frames,
        "enhanced.dcm",
        WindowCenter="1",
        WindowWidth="5",
        SharedFunctionalGroupsSequence=[group((2, 7), (30, 40))],
        PerFrameFunctionalGroupsSequence=[group((-1, 9)), group(None, (900, 600)), group()],
    )
    actual, facts = read_dicom(path, "middle")
    np.testing.assert_allclose(actual, expected, atol=1e-6)
    assert "no window" not in facts
    first, _ = read_dicom(path, "first")
    assert not np.allclose(first, expected)
    with pytest.raises(MmcoreError, match="frames with different windows"):
        read_dicom(path, "mean")


def test_the_mean_is_that_of_the_rescaled_pixels_of_each_frame(dicom):
    path = dicom(
        FRAMES,
        **without_window(),
        PerFrameFunctionalGroupsSequence=[group((n + 1, n)) for n in range(3)],
    )
    actual, _ = read_dicom(path, "mean")
    expected = (FRAMES * [1.0, 2.0, 3.0] + [0.0, 1.0, 2.0]).mean(axis=-1)
    np.testing.assert_allclose(actual, normalized(expected), atol=1e-5)


def test_padding_of_a_single_frame_has_no_part_in_the_mean(dicom):
    frames = FRAMES.copy()
    frames[0, 0] = [5000, 100, 200]
    path = dicom(frames, **without_window(PixelPaddingValue=5000, BitsStored=16, HighBit=15))
    expected = FRAMES.mean(axis=-1)
    expected[0, 0] = 150
    actual, _ = read_dicom(path, "mean")
    np.testing.assert_allclose(actual, normalized(expected), atol=1e-5)


@pytest.mark.parametrize(
    "name", ["SC_rgb_rle.dcm", "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm"]
)
def test_colors_are_converted_on_request(name):
    path = get_testdata_file(name, download=False)
    with pytest.raises(MmcoreError, match=r"has colors .*; set grayscale: true"):
        read_dicom(path)
    actual, facts = read_dicom(path, grayscale=True)
    reference = get_testdata_file("SC_rgb_rle.dcm", download=False)
    rgb = pydicom.dcmread(reference).pixel_array
    np.testing.assert_allclose(
        actual, np.asarray(Image.fromarray(rgb).convert("L")) / 255, atol=0.04
    )
    assert facts == {"colors"}


def test_a_palette_is_applied(dicom):
    levels = np.arange(256, dtype="<u2") * 257
    path = dicom(
        PIXELS // 16,
        PhotometricInterpretation="PALETTE COLOR",
        **{
            f"{color}PaletteColorLookupTable{part}": value
            for color in ("Red", "Green", "Blue")
            for part, value in (("Descriptor", [256, 0, 16]), ("Data", levels[::-1].tobytes()))
        },
    )
    actual, _ = read_dicom(path, grayscale=True)
    np.testing.assert_allclose(actual, 1 - (PIXELS // 16) / 255, atol=1e-6)


def test_remarks_count_the_files(dicom, records_of, tmp_path):
    grey = np.linspace(0, 4000, 64).reshape(8, 8).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "p.png")
    Image.new("RGB", (8, 8), "red").save(tmp_path / "c.png")
    paths = [dicom(name="1.dcm", WindowWidth="0"), dicom(name="2.dcm"), dicom(name="3.dcm")]
    records = records_of([*paths, tmp_path / "p.png", tmp_path / "c.png"])
    fitted = RadiographReader(RadiographSettings(size=8)).fit(records)
    notes = RadiographReader(RadiographSettings.model_validate(fitted)).read(records).notes
    assert [note[:45] for note in summed(notes)] == [
        "1 of 5 DICOM files have a window of width 0 a",
        "1 of 5 files have colors and are converted to",
        "1 of 5 files have a brightest pixel of less t",
        "the brightest training pixel is 4000 of 65535",
    ]
    deep = RadiographReader(RadiographSettings(size=8, depth=12)).read(
        records_of([tmp_path / "p.png"])
    )
    assert deep.values.max() == round(4000 / 4095 * 255)
