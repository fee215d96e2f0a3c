import numpy as np
import pandas as pd
import pytest
import torch
from mmcore_image.modality import Picture
from mmcore_image.reader import ImageReader
from mmcore_image.settings import ImageSettings
from PIL import Image

from mmcore.data.tables import PathResolver, Records
from mmcore.data.tables.records import FrameTable
from mmcore.data.tables.remarks import summed
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.testing import parametrize_checks


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mmcore" / "arrays"


@parametrize_checks("modality", "image")
def test_conforms(check):
    check()


def gradient(height=20, width=30):
    return np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8)


def records(folder, *names, column="path"):
    table = FrameTable(pd.DataFrame({column: names}))
    ids = pd.Index([f"p{n}" for n in range(len(names))])
    return Records(
        "scan", ids, (column,), table, resolve=PathResolver(folder, folder).find, source="a.csv"
    )


def read(folder, *names, **settings):
    given = ImageSettings(**{"height": 16, "width": 24, "color": False} | settings)
    return ImageReader(given).read(records(folder, *names)).values


def test_every_kind_of_file_gives_the_same_picture(tmp_path):
    grey = gradient()
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(grey).save(tmp_path / "a.tiff")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "color.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(grey).convert("RGBA").save(tmp_path / "clear.png")
    Image.fromarray(grey).save(tmp_path / "a.jpg", quality=95)
    np.save(tmp_path / "bytes.npy", grey)
    np.save(tmp_path / "floats.npy", grey.astype(np.float32) / 255)
    np.save(tmp_path / "first.npy", np.stack([grey] * 3))
    actual = read(tmp_path, *sorted(p.name for p in tmp_path.iterdir() if p.is_file()))
    assert actual.shape == (9, 1, 16, 24)
    assert actual.dtype == torch.uint8
    spread = actual.float().amax(0) - actual.float().amin(0)
    assert spread.max() <= 4  # JPEG


def test_files_of_another_ratio_of_width_to_height_are_counted(tmp_path):
    for name, (height, width) in {"a": (20, 30), "b": (40, 60), "c": (30, 20)}.items():
        Image.fromarray(gradient(height, width)).save(tmp_path / f"{name}.png")
    reader = ImageReader(ImageSettings(height=16, width=24, color=False))
    (remark,) = summed(reader.read(records(tmp_path, "a.png", "b.png", "c.png")).notes)
    assert remark.startswith("1 of 3 files have another ratio of width to height than 24 x 16")


def sides(folder, *names, **given):
    fitted = ImageReader(ImageSettings(**given)).fit(records(folder, *names))
    return fitted["height"], fitted["width"]


def notes(folder, *names):
    reader = ImageReader(ImageSettings(height=8, width=8, color=False))
    return summed(reader.read(records(folder, *names)).notes)


def test_files_of_one_color_are_counted(tmp_path):
    Image.fromarray(gradient()).save(tmp_path / "a.png")
    Image.new("L", (30, 20), 200).save(tmp_path / "flat.png")
    Image.new("RGB", (30, 20), (200, 9, 0)).save(tmp_path / "red.png")
    assert [n for n in notes(tmp_path, "a.png", "flat.png", "red.png") if "one color" in n] == [
        "2 of 3 files have one color, because all pixels are equal"
    ]


def test_a_file_of_another_depth_than_most_is_counted(tmp_path):
    for name in "abc":
        Image.fromarray(gradient().astype(np.uint16) * 257).save(tmp_path / f"{name}.png")
    Image.fromarray(gradient().astype(np.uint16)).save(tmp_path / "eight_bits.png")
    np.save(tmp_path / "tenth.npy", gradient() / 2550)
    Image.new("L", (30, 20)).save(tmp_path / "black.png")
    every = ("a.png", "b.png", "c.png", "eight_bits.png", "tenth.npy", "black.png")
    assert any(
        note.startswith("2 of 6 files have a brightest pixel") for note in notes(tmp_path, *every)
    )
    assert not any("brightest" in note for note in notes(tmp_path, *every[:3], "black.png"))
    assert not any("brightest" in note for note in notes(tmp_path, "black.png"))


def test_the_same_pixels_in_two_files_are_remarked_on(tmp_path):
    Image.fromarray(gradient()).save(tmp_path / "a.png")
    Image.fromarray(gradient()).save(tmp_path / "b.tiff")
    Image.fromarray(gradient()[::-1]).save(tmp_path / "c.png")
    reader = ImageReader(ImageSettings(height=20, width=30, color=False))
    (line,) = reader.findings(records(tmp_path, "a.png", "b.tiff", "c.png"))
    assert line == "1 training image has the pixels of another one: 'p1' is 'p0'"
    assert reader.findings(records(tmp_path, "a.png", "c.png")) == []


def test_small_pictures_keep_the_size_of_the_largest(tmp_path):
    Image.fromarray(gradient(16, 12)).save(tmp_path / "a.png")
    Image.fromarray(gradient(10, 20)).save(tmp_path / "b.png")
    np.save(tmp_path / "c.npy", gradient(18, 9))
    assert sides(tmp_path, "a.png", "b.png", "c.npy") == (18, 20)
    assert sides(tmp_path, "a.png", width=32) == (64, 32)
    Image.fromarray(gradient(3, 5)).save(tmp_path / "tiny.png")
    assert sides(tmp_path, "tiny.png") == (8, 8)
    Image.fromarray(gradient(20, 65)).save(tmp_path / "wide.png")
    assert sides(tmp_path, "a.png", "wide.png") == (64, 64)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff"])
def test_the_size_of_a_picture_on_its_side_is_that_of_the_upright_one(tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(gradient(12, 30)).save(tmp_path / f"a.{suffix}", exif=exif)
    assert sides(tmp_path, f"a.{suffix}") == (30, 12)


def test_color_is_found_in_the_training_pictures_and_may_be_given(tmp_path):
    Image.fromarray(gradient()).save(tmp_path / "grey.png")
    Image.new("RGB", (9, 9), (255, 0, 0)).save(tmp_path / "red.png")
    fit = ImageReader(ImageSettings()).fit
    assert fit(records(tmp_path, "grey.png"))["color"] is False
    assert fit(records(tmp_path, "grey.png", "red.png"))["color"] is True
    red = read(tmp_path, "red.png", color=True)[0]
    assert red.reshape(3, -1).float().mean(1).tolist() == [255, 0, 0]


def test_pictures_are_read_once_and_again_when_a_file_changes(tmp_path, cache, monkeypatch):
    Image.fromarray(gradient()).save(tmp_path / "a.png")
    first = read(tmp_path, "a.png")
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr("mmcore_image.reader.read_pixels", lambda *a: pytest.fail("read again"))
    assert torch.equal(read(tmp_path, "a.png"), first)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parents[1]))
    Image.fromarray(255 - gradient(40, 60)).save(tmp_path / "a.png")
    assert not torch.equal(read(tmp_path, "a.png"), first)


def test_a_picture_that_fails_leaves_nothing_in_the_cache(tmp_path, cache):
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(MmcoreError, match=r"a.png' is not a readable image"):
        read(tmp_path, "a.png")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4, 5)), "shape"),
        (np.full((4, 4), 7.5), "outside 0 to 1"),
        (np.full((4, 4), np.nan), "outside 0 to 1"),
        (np.full((4, 4), -3), "integers of 64 bits, .*set bits"),
        (np.full((4, 4), "a"), "values of type <U1"),
        (np.zeros((0, 4)), "no pixels"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(MmcoreError, match=message):
        read(tmp_path, "a.npy")


def test_paths_outside_and_several_columns_are_refused(tmp_path):
    with pytest.raises(MmcoreError, match="outside the study's folder"):
        read(tmp_path, "../a.png")
    table = FrameTable(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    two = Records("scan", pd.Index(["p"]), ("a", "b"), table, source="a.csv")
    with pytest.raises(MmcoreError, match=r"paths from one column.*gives 2"):
        ImageReader(ImageSettings()).read(two)


@pytest.mark.parametrize(
    ("height", "width", "color"), [(8, 8, False), (21, 30, True), (64, 48, False)]
)
def test_every_size_is_encoded_decoded_and_every_parameter_learns(height, width, color):
    settings = ImageSettings(height=height, width=width, color=color, features=4)
    modality = Picture(settings, Context.of(3, 2))
    raw = torch.randint(0, 255, (2, 3 if color else 1, height, width), dtype=torch.uint8)
    x = modality.prepare(raw)
    posterior = modality.encode(x)
    likelihood = modality.decode(posterior.content.loc, posterior.style.loc)
    assert x.shape[1:] == modality.event_shape == likelihood.event_shape
    assert modality.render(x).shape == (2, 3, height, width)
    loss = (
        -likelihood.log_prob(x).sum()
        + posterior.content.logvar.sum()
        + posterior.style.logvar.sum()
    )
    loss.backward()
    assert all((p.grad != 0).any() for p in modality.parameters())


@pytest.mark.parametrize("color", [None, False])
def test_one_error_names_all_pictures_that_cannot_be_read(tmp_path, cache, monkeypatch, color):
    names = [f"{n}.png" for n in range(8)]
    for name in names:
        Image.fromarray(gradient()).save(tmp_path / name)
    for name in names[3:]:
        (tmp_path / name).write_bytes(b"")
    good = (tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(good[: len(good) // 2])  # with its header
    given = ImageSettings(height=16, width=24, color=color)
    with pytest.raises(MmcoreError) as raised:
        ImageReader(given).fit(records(tmp_path, *names))
    message, places = str(raised.value), [f"'{tmp_path / name}'" for name in names[2:5]]
    assert message.startswith(
        f"6 of 8 files cannot be read, such as {', '.join(places)}; the first"
    )
    assert message.endswith("; replace it, remove it, or leave its cell empty")
    assert list(cache.iterdir()) == []
    for name in names[2:]:
        (tmp_path / name).unlink()
    with pytest.raises(MmcoreError, match=r"6 of 8 files cannot be read, .* there is no"):
        ImageReader(given).fit(records(tmp_path, *names))
