"""Images in the layouts of Hugging Face: bytes in Parquet, and a folder with metadata.csv."""

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mmcore_image.reader import ImageReader
from mmcore_image.settings import ImageSettings
from PIL import Image

from mmcore.config.study import StudyData
from mmcore.data.tables import PathResolver, read_study
from mmcore.data.tables.formats import parquet
from mmcore.errors import MmcoreError

LEVELS = {f"p{n}": 20 * n for n in range(8)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def encoded(level):
    content = io.BytesIO()
    Image.new("L", (8, 8), level).save(content, "PNG")
    return content.getvalue()


def levels(folder, **records):
    """Return the mean of the image of each id, of both splits."""
    # Both splits have the same size, so that a cache that confused them would be noticed.
    study = StudyData(base=str(folder), records={"x": records}, split={"test": 0.5})
    actual = read_study(study, PathResolver(folder, folder), 0)
    means = {}
    for part in (actual.train["x"], actual.test["x"]):
        settings = ImageSettings.model_validate(
            ImageReader(ImageSettings(height=8, width=8)).fit(part)
        )
        values = ImageReader(settings).read(part).values.float().mean((1, 2, 3))
        means |= dict(zip(part.ids, values.tolist(), strict=True))
    return means


def write(folder, cells, kind):
    table = pa.table({"id": list(LEVELS), "image": pa.array(cells, kind), "label": [0, 1] * 4})
    pq.write_table(table, folder / "a.parquet")


STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.mark.parametrize("at_once", [1 << 26, 1])
def test_bytes_and_structs_in_parquet_are_images(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(parquet, "BYTES", at_once)
    files = [encoded(level) for level in LEVELS.values()]
    write(tmp_path, [{"bytes": file, "path": None} for file in files], STRUCT)
    assert levels(tmp_path, file="a.parquet", columns="image") == LEVELS
    write(tmp_path, files, pa.binary())
    assert levels(tmp_path, file="a.parquet", columns="image") == LEVELS


def test_a_struct_may_name_a_file_and_must_have_content(tmp_path):
    cells = [{"bytes": encoded(level), "path": None} for level in LEVELS.values()]
    (tmp_path / "p3.png").write_bytes(encoded(60))
    cells[3] = {"bytes": None, "path": "p3.png"}
    write(tmp_path, cells, STRUCT)
    assert levels(tmp_path, file="a.parquet", columns="image") == LEVELS
    cells[3] = {"bytes": None, "path": None}
    write(tmp_path, cells, STRUCT)
    with pytest.raises(MmcoreError, match=r"'image' of 'a.parquet' has neither .* id 'p3'"):
        levels(tmp_path, file="a.parquet", columns="image")


def test_damaged_bytes_are_named_by_the_table_and_the_id(tmp_path):
    write(tmp_path, [encoded(level)[:40] for level in LEVELS.values()], pa.binary())
    with pytest.raises(MmcoreError, match=r"'a.parquet, id p\d' is not a readable image"):
        levels(tmp_path, file="a.parquet", columns="image")


def test_changed_bytes_are_read_again(tmp_path):
    write(tmp_path, [encoded(level) for level in LEVELS.values()], pa.binary())
    levels(tmp_path, file="a.parquet", columns="image")
    write(tmp_path, [encoded(level + 5) for level in LEVELS.values()], pa.binary())
    actual = levels(tmp_path, file="a.parquet", columns="image")
    assert actual == {key: level + 5 for key, level in LEVELS.items()}


def test_paths_of_a_metadata_file_are_relative_to_it(tmp_path):
    (tmp_path / "photos").mkdir()
    for key, level in LEVELS.items():
        (tmp_path / "photos" / f"{key}.png").write_bytes(encoded(level))
    names = [f"{key}.png" for key in LEVELS]
    table = pd.DataFrame({"file_name": names, "text": "a word"})
    table.to_csv(tmp_path / "photos" / "metadata.csv", index=False)
    actual = levels(tmp_path, file="photos/metadata.csv", columns="file_name", id="file_name")
    assert {key.removesuffix(".png"): level for key, level in actual.items()} == LEVELS
