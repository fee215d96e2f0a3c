"""What a file states of itself is honoured: orientation, depth, pages, colors."""

import io
import struct

import numpy as np
import pandas as pd
import png
import pytest
from mmcore_image.files import read_pixels
from mmcore_image.reader import ImageReader
from mmcore_image.settings import ImageSettings
from PIL import Image

from mmcore.data.tables import PathResolver, Records, StoredFile
from mmcore.data.tables.records import FrameTable
from mmcore.data.tables.remarks import summed
from mmcore.errors import MmcoreError

GREY = np.linspace(0, 255, 6 * 8).reshape(6, 8).astype(np.uint8)
"""A gradient, which looks different in each of the eight orientations."""
STORED = {
    1: GREY,
    2: GREY[:, ::-1],
    3: GREY[::-1, ::-1],
    4: GREY[::-1],
    5: GREY.T,
    6: np.rot90(GREY),
    7: GREY[::-1, ::-1].T,
    8: np.rot90(GREY, -1),
}
"""By orientation of EXIF, the pixels of a file that is displayed as `GREY`."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def saved(folder, picture, name="a.png", **options):
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(folder / name, **options)
    return StoredFile(name, folder / name)


def records(folder, *names):
    ids = pd.Index([f"p{n}" for n in range(len(names))])
    table = FrameTable(pd.DataFrame({"path": names}))
    return Records("x", ids, ("path",), table, resolve=PathResolver(folder, folder).find)


def fit_and_read(folder, *names, **settings):
    given = ImageSettings(**{"height": 8, "width": 8} | settings)
    fitted = ImageSettings.model_validate(ImageReader(given).fit(records(folder, *names)))
    return ImageReader(fitted).read(records(folder, *names))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_is_turned_upright(tmp_path, orientation, name):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"a.jpg": {"quality": 100}, "a.webp": {"lossless": True}}.get(name, {})
    actual = read_pixels(saved(tmp_path, STORED[orientation], name, exif=exif, **lossless))
    values = actual.values if not actual.colored else actual.values[..., 0]
    np.testing.assert_allclose(values, GREY, atol=2)
    assert actual.turned == (orientation > 1)


def test_an_uncompressed_and_a_compressed_tiff_are_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 8
    file = saved(tmp_path, STORED[8], "a.tif", exif=exif, compression="tiff_lzw")
    assert (read_pixels(file).values == GREY).all()


def test_orientation_counts_for_sixteen_bits_and_a_damaged_block_for_nothing(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = STORED[6].astype(np.uint16) * 257
    assert (read_pixels(saved(tmp_path, deep, exif=exif)).values == GREY * np.uint16(257)).all()
    file = saved(tmp_path, GREY, "b.png", exif=b"Exif\0\0no such thing")
    assert (read_pixels(file).values == GREY).all()


RGB = Image.fromarray(np.stack([GREY, 255 - GREY, GREY], -1))
HALF = Image.fromarray(np.full_like(GREY, 128))


def with_alpha(mode):
    picture = Image.fromarray(GREY).convert(mode)
    picture.putalpha(HALF)
    return picture


PAPER = np.round(GREY + (255 - GREY.astype(float)) * 127 / 255)
MODES = {
    "1-bit": (Image.fromarray(GREY > 99), "a.png", (GREY > 99) * 255),
    "1-bit TIFF": (Image.fromarray(GREY > 99), "a.tif", (GREY > 99) * 255),
    "grayscale": (Image.fromarray(GREY), "a.png", GREY),
    "color": (RGB, "a.png", np.asarray(RGB)),
    "palette": (RGB.quantize(256), "a.png", np.asarray(RGB.quantize(256).convert("RGB"))),
    "CMYK JPEG": (RGB.convert("CMYK"), "a.jpg", np.asarray(RGB)),
    "CMYK TIFF": (RGB.convert("CMYK"), "a.tif", np.asarray(RGB)),
    "grayscale and alpha": (with_alpha("L"), "a.png", PAPER),
    "color and alpha, all gray": (with_alpha("RGB"), "a.png", PAPER),
    "color and alpha TIFF": (with_alpha("RGB"), "a.tif", PAPER),
    "float TIFF": (Image.fromarray(GREY.astype(np.float32) / 255), "a.tif", GREY),
    "16-bit PNG": (Image.fromarray(GREY.astype(np.uint16) * 257), "a.png", GREY),
    "16-bit TIFF": (Image.fromarray(GREY.astype(np.uint16) * 257), "a.tif", GREY),
    "16-bit TIFF, big-endian": (
        Image.frombytes("I;16B", (8, 6), (GREY.astype(">u2") * 257).tobytes()),
        "a.tif",
        GREY,
    ),
    "16-bit PGM": (Image.fromarray(GREY.astype(np.int32) * 257), "a.pgm", GREY),
    "GIF of one frame": (RGB.quantize(256), "a.gif", np.asarray(RGB.quantize(256).convert("RGB"))),
}


@pytest.mark.parametrize("case", MODES)
def test_every_mode_gives_the_same_image(tmp_path, case):
    picture, name, expected = MODES[case]
    actual = read_pixels(saved(tmp_path, picture, name))
    shown = np.asarray(actual.picture())
    tolerance = 12 if "JPEG" in case else 1
    np.testing.assert_allclose(shown.astype(float), expected, atol=tolerance)


def test_premultiplied_alpha_is_read_as_alpha(monkeypatch, tmp_path):
    # No file that Pillow writes has the mode La; the TIFF of another program can have it.
    file = saved(tmp_path, GREY)
    premultiplied = with_alpha("L").convert("La")
    monkeypatch.setattr(Image, "open", lambda source: premultiplied)
    np.testing.assert_allclose(read_pixels(file).values, PAPER, atol=3)


def test_sixteen_bits_with_white_as_zero_are_inverted(tmp_path):
    file = saved(tmp_path, GREY.astype(np.uint16) * 257, "a.tif")
    content = file.content.read_bytes()
    photometric = b"\x06\x01\x03\x00\x01\x00\x00\x00"  # tag 262, one short
    assert content.count(photometric + b"\x01") == 1
    file.content.write_bytes(content.replace(photometric + b"\x01", photometric + b"\x00"))
    assert (np.asarray(read_pixels(file).picture()) == 255 - GREY).all()


COLORS = np.stack([GREY * np.uint16(257), 4095 - GREY * np.uint16(16), GREY + np.uint16(5)], -1)
"""Colors of 16 bits; the third is black if the lower 8 bits are left out."""


def deep(folder, values, **options):
    planes = values.reshape(len(values), -1).tolist()
    size = {"width": values.shape[1], "height": len(values)}
    with (folder / "a.png").open("wb") as file:
        png.Writer(**size, greyscale=values.shape[-1] < 3, bitdepth=16, **options).write(
            file, planes
        )
    return StoredFile("a.png", folder / "a.png")


def test_colors_of_sixteen_bits_keep_their_depth(tmp_path):
    actual = read_pixels(deep(tmp_path, COLORS))
    assert actual.white == 65535
    assert (actual.values == COLORS).all()
    twelve = read_pixels(deep(tmp_path, COLORS >> 4), bits=12)
    assert (twelve.values, twelve.white) == (pytest.approx(COLORS >> 4), 4095)


def test_colors_of_sixteen_bits_are_on_white_where_they_are_transparent(tmp_path):
    opacity = np.full((*GREY.shape, 1), 16384, np.uint16)
    expected = COLORS * 0.25 + 65535 * 0.75
    actual = read_pixels(deep(tmp_path, np.concatenate([COLORS, opacity], -1), alpha=True))
    np.testing.assert_allclose(actual.values, expected, atol=1.5)
    grey = read_pixels(deep(tmp_path, np.concatenate([COLORS[..., :1], opacity], -1), alpha=True))
    np.testing.assert_allclose(grey.values, expected[..., 0], atol=1.5)


def tiff_of_colors(values):
    """Return a TIFF file of 16 bits per color, which Pillow does not write."""
    height, width, _ = values.shape
    place = 10 + 12 * 9 + 4
    entries = {
        256: width,
        257: height,
        258: place,
        259: 1,
        262: 2,
        273: place + 6,
        277: 3,
        278: height,
        279: values.nbytes,
    }
    rows = [struct.pack("<HHII", tag, 3, 3 if tag == 258 else 1, v) for tag, v in entries.items()]
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + b"".join(rows) + bytes(4)
    return head + struct.pack("<3H", 16, 16, 16) + values.astype("<u2").tobytes()


def test_colors_of_sixteen_bits_are_refused_where_they_would_be_read_as_eight(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff_of_colors(COLORS))
    with pytest.raises(MmcoreError, match="16 bits per color, which are read from an upright PNG"):
        read_pixels(StoredFile("a.tif", tmp_path / "a.tif"))
    file = deep(tmp_path, COLORS)
    file.content.write_bytes(file.content.read_bytes()[:-40])
    with pytest.raises(MmcoreError, match="is not a readable image"):
        read_pixels(file)


def test_a_tiff_of_twelve_bits_has_its_own_white(tmp_path):
    packed = np.full((4, 8), 0xFFFF, np.uint16)
    file = saved(tmp_path, packed, "a.tif")
    content = file.content.read_bytes()
    for tag, bits in ((258, (16, 12)), (279, (64, 48))):  # bits, and bytes: 3 for 2 pixels
        old, new = (tag.to_bytes(2, "little") + b"?\0\1\0\0\0" + bytes([v]) for v in bits)
        kind = next(k for k in (b"\3", b"\4") if old.replace(b"?", k) in content)
        content = content.replace(old.replace(b"?", kind), new.replace(b"?", kind))
    file.content.write_bytes(content)
    actual = read_pixels(file)
    assert actual.white == 4095
    assert (np.asarray(actual.picture()) == 255).all()


@pytest.mark.parametrize(
    ("array", "bits", "shown"),
    [
        (np.full((4, 4), 1, bool), None, 255),
        (np.full((4, 4), 200, np.int64), 8, 200),
        (np.full((4, 4), 4095, np.int32), 12, 255),
        (np.full((4, 4), 2048, np.uint16), 12, 128),
        (np.full((4, 4), 3, np.uint8), 2, 255),
        (np.full((4, 4), 200, np.uint8), 12, 200),
    ],
)
def test_bits_state_the_depth_of_arrays(tmp_path, array, bits, shown):
    np.save(tmp_path / "a.npy", array)
    actual = read_pixels(StoredFile("a.npy", tmp_path / "a.npy"), bits=bits)
    assert (np.asarray(actual.picture()) == shown).all()


def test_twelve_bits_in_sixteen_are_remarked_on_and_read_by_bits(tmp_path):
    values = np.linspace(0, 4048, 64).reshape(8, 8).astype(np.uint16)
    saved(tmp_path, values)
    saved(tmp_path, values // 2, "b.png")
    (remark,) = summed(fit_and_read(tmp_path, "a.png", "b.png").notes)
    assert "brightest training pixel is 4048 of 65535" in remark
    assert "bits: 12" in remark
    actual = fit_and_read(tmp_path, "a.png", "b.png", bits=12)
    assert summed(actual.notes) == []
    assert actual.values.max() == round(4048 / 4095 * 255)
    with pytest.raises(MmcoreError, match="the pixel 4048, expected 0 to 1023; correct bits"):
        fit_and_read(tmp_path, "a.png", bits=10)


def test_one_bright_file_of_a_depth_is_enough(tmp_path):
    for name, top in (("a.png", 300), ("b.png", 65535)):
        saved(tmp_path, np.full((8, 8), top, np.uint16), name)
    notes = summed(fit_and_read(tmp_path, "a.png", "b.png").notes)
    assert not any("brightest training pixel" in note for note in notes)


def several(folder, name):
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    options = {"format": "MPO"} if name.endswith(".jpg") else {}
    return saved(folder, frames[0], name, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.png", "a.webp"])
def test_a_file_of_several_pages_is_refused_unless_one_is_named(tmp_path, name):
    file = several(tmp_path, name)
    with pytest.raises(MmcoreError, match=rf"'{name}' has 2 pages or frames, .* page: 1"):
        read_pixels(file)
    for page, expected in ((1, GREY), (2, 255 - GREY)):
        shown = read_pixels(file, page).picture().convert("L")
        np.testing.assert_allclose(np.asarray(shown).astype(int), expected, atol=14)
    with pytest.raises(MmcoreError, match="2 pages or frames, and page is 3"):
        read_pixels(file, 3)


def test_the_photograph_of_a_camera_is_the_first_of_its_file(tmp_path):
    np.testing.assert_allclose(read_pixels(several(tmp_path, "a.jpg")).values, GREY, atol=12)


def test_all_training_files_decide_the_color(tmp_path):
    names = [f"{n}.png" for n in range(70)]
    for name in names:
        saved(tmp_path, GREY, name)
    saved(tmp_path, RGB, names[-1])
    assert fit_and_read(tmp_path, *names).values.shape == (70, 3, 8, 8)
    grey = fit_and_read(tmp_path, *names, color=False)
    assert "1 of 70 files have colors and are read in grayscale" in summed(grey.notes)


def test_turned_files_are_counted(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    saved(tmp_path, STORED[3], "a.png", exif=exif)
    saved(tmp_path, GREY, "b.png")
    remarks = summed(fit_and_read(tmp_path, "a.png", "b.png").notes)
    assert [remark for remark in remarks if remark.startswith("1 of 2 files state an orientation")]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.npy", "deep.png"])
def test_a_cut_file_is_a_sentence_by_fit_and_by_read(tmp_path, name):
    content = io.BytesIO()
    picture = np.tile(GREY, (20, 20)).astype(np.uint16 if "deep" in name else np.uint8)
    if name.endswith(".npy"):
        np.save(content, picture)
    else:
        kind = {"a.jpg": "JPEG", "a.tif": "TIFF", "a.gif": "GIF"}.get(name, "PNG")
        Image.fromarray(picture).save(content, kind)
    whole = content.getvalue()
    settings = ImageSettings(height=8, width=8, color=False)
    for length in [0, 1, 7, 20, *range(30, len(whole) * 3 // 4, len(whole) // 9)]:
        (tmp_path / name).write_bytes(whole[:length])
        for act in (ImageReader(settings).fit, ImageReader(settings).read):
            with pytest.raises(MmcoreError, match=f"{name}' is not a readable image"):
                act(records(tmp_path, name))
