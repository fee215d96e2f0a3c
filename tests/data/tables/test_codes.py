"""What a file states or implies to be a code stays one: wells, categories of numbers, ids as bytes."""

import numpy as np
import pandas as pd
import pytest

from mmcore.data.tables import open_table
from mmcore.data.tables.likely_mistakes import suspicious_ids
from mmcore.data.tables.parsing import Decider

WELLS = ["1E05", "2E03", "4E10", "4E10"]


def column(path, name="v"):
    return pd.concat(frame[name] for frame in open_table(path).cells.frames([name]))


def test_wells_of_a_plate_are_texts(tmp_path):
    (tmp_path / "a.csv").write_text("id,v\n" + "".join(f"p{n},{w}\n" for n, w in enumerate(WELLS)))
    assert column(tmp_path / "a.csv").tolist() == WELLS
    assert Decider("a.csv").number("v", WELLS) is None
    assert Decider("a.csv").number("v", WELLS, codes=True) is not None


@pytest.mark.parametrize("other", ["1.5E03", "3", "4e10", "4E+10"])
def test_numbers_with_exponents_are_numbers(tmp_path, other):
    texts = [*WELLS, other]
    (tmp_path / "a.csv").write_text("id,v\n" + "".join(f"p{n},{w}\n" for n, w in enumerate(texts)))
    assert column(tmp_path / "a.csv").tolist() == [float(text) for text in texts]
    assert Decider("a.csv").number("v", texts) is not None


def test_a_single_number_is_one(tmp_path):
    (tmp_path / "a.csv").write_text("id,v\np1,1E05\np2,1E05\n")
    assert column(tmp_path / "a.csv").tolist() == [1e5, 1e5]


@pytest.mark.parametrize(("ordered", "stated"), [(False, {"v": ()}), (True, {})])
def test_categories_of_numbers_in_parquet_are_categories(tmp_path, ordered, stated):
    cells = pd.Categorical([3, 1, 2], ordered=ordered)
    pd.DataFrame({"id": list("abc"), "v": cells}).to_parquet(tmp_path / "a.parquet")
    assert open_table(tmp_path / "a.parquet").table.categories == stated


def test_ids_with_letters_of_another_encoding_are_remarked_on():
    name = "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n"
    damaged = name.encode().decode("cp1252")
    assert suspicious_ids({"a": [name, "A\N{LATIN SMALL LETTER E WITH ACUTE}"]}) == []
    [remark] = suspicious_ids({"a": [name, damaged]})
    assert remark.startswith(
        f"the ids of a have letters of another encoding, such as in '{damaged}'"
    )


def test_texts_of_numpy_may_be_bytes(tmp_path):
    ids = np.array(["p1", "Zürich"])
    np.savez(tmp_path / "a.npz", id=np.char.encode(ids, "utf-8"), v=np.zeros(2))
    assert column(tmp_path / "a.npz", "id").tolist() == ids.tolist()
