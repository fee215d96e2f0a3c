import numpy as np
import pytest
import torch
from mmcore_celeba import cache, pictures
from mmcore_celeba.data import DescriptionsData, FacesData
from PIL import Image

from mmcore import MmcoreError, Noise
from mmcore.config import DataConfig
from mmcore.data.builtin import open_datasets


def saved(values, path):
    Image.fromarray(values).save(path)
    return pictures.face(path.read_bytes())


@pytest.mark.parametrize(("rows", "columns", "top", "left", "side"), [(218, 178, 35, 15, 148)])
def test_the_middle_is_what_the_paper_keeps(tmp_path, rows, columns, top, left, side):
    values = np.random.default_rng(0).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    middle = Image.fromarray(values[top : top + side, left : left + side])
    wanted = np.asarray(middle.resize((64, 64), Image.Resampling.BICUBIC))
    assert np.array_equal(saved(values, tmp_path / "whole.png"), wanted)


def test_pictures_of_half_the_size_show_the_same(tmp_path):
    """A smooth picture and its half, cropped in proportion, come out alike."""
    y, x = np.mgrid[0:218, 0:178]
    smooth = np.stack([x * 1.4, y * 1.1, 255 - x], axis=-1).astype(np.uint8)
    half = np.asarray(Image.fromarray(smooth).resize((89, 109), Image.Resampling.BICUBIC))
    first, second = (saved(v, tmp_path / f"{len(v)}.png").astype(int) for v in (smooth, half))
    assert np.abs(first - second)[4:-4, 4:-4].max() <= 4


def everything(root, split="train"):
    view = FacesData().load(root, split)
    return view, view.fetch(torch.arange(len(view)), Noise(len(view)))


def test_a_folder_and_a_zip_file_hold_the_same(celeba, request):
    view, values = everything(celeba)
    zipped = request.getfixturevalue("zipped")
    again, others = everything(zipped)
    assert again.keys == view.keys
    assert torch.equal(values, others)
    assert torch.equal(view.labels, again.labels)
    assert values.shape == (len(view), 3, 64, 64)


def test_pictures_are_decoded_once_and_read_from_disk(zipped, monkeypatch):
    _, values = everything(zipped)
    monkeypatch.setattr(cache, "face", lambda encoded: pytest.fail("decoded again"))
    view, again = everything(zipped)
    assert torch.equal(values, again)
    assert isinstance(view._faces, np.memmap)
    assert not view._faces.flags.writeable


def test_another_content_is_decoded_anew(celeba):
    _, before = everything(celeba)
    view, _ = everything(celeba)
    path = celeba / "celeba" / "img_align_celeba" / view.keys[5]
    Image.fromarray(np.full((109, 89, 3), 77, dtype=np.uint8)).save(path)
    _, after = everything(celeba)
    assert (after[5] == 77).all()
    assert torch.equal(after[:5], before[:5])


def test_what_has_no_partner_is_left_out_and_counted(celeba):
    folder = celeba / "celeba" / "img_align_celeba"
    (folder / "000000.jpg").rename(folder / "unknown.jpg")
    view, _ = everything(celeba)
    assert "000000.jpg" not in view.keys
    (messages,) = FacesData().notes(celeba)
    assert "1 images without attributes, 1 lines of attributes without an image" in messages


def test_faces_and_texts_of_one_person_stay_together(celeba):
    folder = celeba / "celeba" / "img_align_celeba"
    (folder / "000010.jpg").write_bytes(b"no picture")
    named = {"face": FacesData(), "words": DescriptionsData()}
    data = open_datasets(named, DataConfig(mode="real", dir=celeba), seed=0)
    views = data.train.views
    assert len(data.train) == len(views["face"]) == len(views["words"]) - 1
    batch = data.train.fetch(torch.arange(len(data.train)), Noise(len(data.train)))
    assert torch.equal(batch.labels, views["face"].labels)
    words = [views["words"].labels[views["words"].keys.index(key)] for key in views["face"].keys]
    assert torch.equal(batch.labels, torch.stack(words))
    assert any("1 corrupt images, 000010.jpg" in note for note in data.notes)
    assert any("non-commercial" in note for note in data.notes)


@pytest.mark.parametrize("kept", [0, 200])
def test_many_corrupt_pictures_are_one_sentence_and_leave_nothing_behind(zipped, celeba, kept):
    import zipfile

    path = celeba / "celeba" / "img_align_celeba.zip"
    with zipfile.ZipFile(path) as file:
        encoded = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for number, (name, content) in enumerate(encoded.items()):
            file.writestr(name, content[:kept] if number < 11 else content)
    with pytest.raises(MmcoreError, match=r"11 of the first 11 pictures .* '000000\.jpg' first"):
        everything(celeba)
    assert not list((celeba.parent / "cache").rglob("*.*"))


def test_a_torn_zip_file_is_one_sentence(zipped):
    path = zipped / "celeba" / "img_align_celeba.zip"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(MmcoreError, match="not a complete zip file"):
        FacesData().load(zipped, "train")


def test_no_pictures_are_one_sentence(zipped):
    (zipped / "celeba" / "img_align_celeba.zip").unlink()
    with pytest.raises(MmcoreError, match="has no images"):
        FacesData().load(zipped, "train")


def test_a_cache_without_room_is_one_sentence(celeba, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(MmcoreError, match="XDG_CACHE_HOME"):
        FacesData().load(celeba, "train")
