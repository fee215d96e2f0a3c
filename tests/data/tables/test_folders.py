"""Folders of files: which files are read, what their ids are, and which classes folders name."""

import pytest
from pydantic import ValidationError

from mmcore.config.study import LabelsConfig, RecordsConfig, StudyData
from mmcore.data.tables import PathResolver, read_study
from mmcore.data.tables.folders import folder_files
from mmcore.errors import MmcoreError


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a folder in which some files have been created."""

    def read(given, *files, style=None):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(file)
        return folder_files("x", given, style, PathResolver(tmp_path, tmp_path))

    return read


CLASSES = ("img/cat/a.png", "img/cat/b.png", "img/dog/c.jpg")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("img", CLASSES),
        ("img/*/*", CLASSES),
        ("img/**/*", CLASSES),
        ("img/**/*.png", CLASSES[:2]),
        ("img/*/*.jpg", CLASSES[2:]),
        ("img/dog", CLASSES[2:]),
        ("*/cat/?.png", CLASSES[:2]),
    ],
)
def test_folders_in_a_folder_and_patterns_with_folders_are_read(read, tmp_path, given, expected):
    actual = read(given, *CLASSES)
    places = [PathResolver(tmp_path, tmp_path).find(path) for path in actual.paths]
    assert [place.read_text() for place in places] == list(expected)
    assert list(actual.ids) == [path.split("/")[-1].split(".")[0] for path in expected]


def test_names_that_are_not_unique_become_paths_with_a_remark(read):
    actual = read("img", "img/cat/1.png", "img/dog/1.png", "img/dog/2.png")
    assert list(actual.ids) == ["cat/1", "dog/1", "dog/2"]
    assert "the id is the path, such as 'cat/1'" in actual.notes[0]
    assert read("img", style="path").notes == ()
    with pytest.raises(MmcoreError, match="two files for the id '1'"):
        read("img", style="name")


def test_an_archive_of_pictures_is_to_be_unpacked(read):
    with pytest.raises(MmcoreError, match="unpack it, and name the folder"):
        read("img.zip", "img.zip")


def test_the_id_can_be_the_path_of_unique_names(read):
    assert list(read("img", *CLASSES, style="path").ids) == ["cat/a", "cat/b", "dog/c"]


def test_hidden_files_and_clutter_are_left_out(read):
    clutter = ("img/.DS_Store", "img/Thumbs.db", "img/.git/a.png", "img/__MACOSX/b.png")
    assert read("img", "img/a.png", *clutter).files == ("a.png",)
    assert read("img/**/*").files == ("a.png",)


def test_files_beside_folders_are_two_readings(read):
    with pytest.raises(
        MmcoreError, match=r"such as 'a.png', and folders, such as 'old'; .* img/\*"
    ):
        read("img", "img/a.png", "img/old/b.png")
    assert read("img/*").files == ("a.png",)


def test_a_file_in_place_of_a_folder_is_named(read):
    with pytest.raises(MmcoreError, match=r"'a.csv', the folder of x, is not a folder"):
        read("a.csv", "a.csv")


@pytest.fixture
def study(tmp_path, read):
    read("img", *(f"img/{name}/{name}{n}.png" for name in ("cat", "dog") for n in range(8)))

    def build(**changes):
        document = {
            "base": str(tmp_path),
            "records": {"x": {"folder": "img"}},
            "labels": {"folder": "img"},
        }
        return StudyData.model_validate(document | changes)

    return build


def test_folders_are_labels_and_may_stratify_the_split(study, tmp_path):
    split = {"test": 0.25, "stratify": "folder"}
    actual = read_study(study(split=split), PathResolver(tmp_path, tmp_path), 0)
    assert actual.labels.classes == ("cat", "dog")
    assert (actual.labels.by_id == [key[:3] for key in actual.labels.by_id.index]).all()
    assert sorted(key[:3] for key in actual.test_ids) == ["cat", "cat", "dog", "dog"]


def test_test_folders_have_labels_of_their_own(study, read, tmp_path):
    read("img2", "img2/cat/cat9.png", "img2/dog/dog9.png")
    split = {"test": {"x": "img2", "labels": "img2"}}
    actual = read_study(study(split=split), PathResolver(tmp_path, tmp_path), 0)
    assert list(actual.test_ids) == ["cat9", "dog9"]
    assert actual.labels.by_id["dog9"] == "dog"


def test_labels_of_a_folder_without_folders_are_refused(study, read, tmp_path):
    read("flat", "flat/cat1.png")
    with pytest.raises(MmcoreError, match="'flat' of the labels has no folders"):
        read_study(study(labels={"folder": "flat"}), PathResolver(tmp_path, tmp_path), 0)


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        (LabelsConfig, {"folder": "img", "column": "y"}, "none of a 'folder'"),
        (LabelsConfig, {"file": "a.csv"}, "give a 'column' of a 'file'"),
        (LabelsConfig, {"file": "a.csv", "folder": "img", "column": "y"}, "either a 'file'"),
        (RecordsConfig, {"folder": "img", "id": "patient"}, "expected 'name' or 'path'"),
    ],
)
def test_settings_of_files_and_folders_do_not_mix(model, given, message):
    with pytest.raises(ValidationError, match=message):
        model.model_validate(given)
