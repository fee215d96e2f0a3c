import numpy as np
import pytest
from mmcore_celeba.data import DescriptionsData, FacesData
from mmcore_celeba.files import folder_of, listing

from mmcore import MmcoreError
from mmcore.data import FilesMissing


def people(root, keys):
    lines = (root / "celeba" / "identity_CelebA.txt").read_text().split("\n")
    of = dict(line.split() for line in lines if line)
    return {of[key] for key in keys}


def test_the_partition_decides_and_its_middle_part_is_for_neither(celeba):
    listed = listing(folder_of(celeba))
    messages = (celeba / "celeba" / "list_eval_partition.txt").read_text().split()
    parts = dict(zip(messages[::2], map(int, messages[1::2]), strict=True))
    for split, part in (("train", 0), ("test", 2)):
        wanted = [key for key in listed.keys if parts[key] == part]
        assert [listed.keys[i] for i in listed.of(split)] == wanted
        assert list(DescriptionsData().load(celeba, split).keys) == wanted
    assert listed.attributes.dtype == np.int8
    assert set(np.unique(listed.attributes)) == {0, 1}


def test_without_a_partition_nobody_is_in_both_splits(celeba):
    (celeba / "celeba" / "list_eval_partition.txt").unlink()
    train, test = (FacesData().load(celeba, split) for split in ("train", "test"))
    assert len(train) + len(test) == 120
    assert len(test) > 0
    assert not people(celeba, train.keys) & people(celeba, test.keys)
    assert any("by identity_CelebA.txt" in note for note in FacesData().notes(celeba))


def test_a_folder_without_anything_of_celeba_is_told_apart_from_a_broken_one(tmp_path):
    with pytest.raises(FilesMissing, match=r"list_attr_celeba\.txt"):
        FacesData().load(tmp_path, "train")


@pytest.mark.parametrize("dataset", [FacesData(), DescriptionsData()])
def test_a_missing_attribute_list_is_one_sentence(celeba, dataset):
    (celeba / "celeba" / "list_attr_celeba.txt").unlink()
    with pytest.raises(MmcoreError, match=r"has no list_attr_celeba\.txt"):
        dataset.load(celeba, "train")


def test_no_way_to_keep_people_apart_is_one_sentence(celeba):
    (celeba / "celeba" / "list_eval_partition.txt").unlink()
    (celeba / "celeba" / "identity_CelebA.txt").unlink()
    with pytest.raises(MmcoreError, match="download one of them"):
        DescriptionsData().load(celeba, "train")


def changed(root, name, old, new):
    path = root / "celeba" / name
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("120\n", "121\n", "announces 121 images, and it has 120 lines"),
        ("000003.jpg ", "000003.jpg 7 ", "damaged"),
        ("000003.jpg ", "000003.jpg x", r"'x-?1' is the value of 000003\.jpg, expected 1 or -1"),
        ("000003.jpg ", "000002.jpg ", r"000002\.jpg has two lines"),
    ],
)
def test_a_damaged_attribute_list_is_one_sentence(celeba, old, new, message):
    changed(celeba, "list_attr_celeba.txt", old, new)
    with pytest.raises(MmcoreError, match=message) as error:
        DescriptionsData().load(celeba, "train")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("000003.jpg 0", "000003.jpg zero", r"'zero' is the value of 000003\.jpg"),
        ("000003.jpg 0\n", "000003.jpg 0 0\n", "damaged"),
        ("000003.jpg ", "000002.jpg ", r"000002\.jpg has two lines"),
    ],
)
def test_a_damaged_partition_is_one_sentence(celeba, old, new, message):
    changed(celeba, "list_eval_partition.txt", old, new)
    with pytest.raises(MmcoreError, match=message) as error:
        DescriptionsData().load(celeba, "train")
    assert "\n" not in str(error.value)
