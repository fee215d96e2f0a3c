"""The kinds that columns have, and what is refused, remarked or accepted when they are read."""

import numpy as np
import pandas as pd
import pytest
import torch
from mmcore_table.modality import Table
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings

from mmcore.data.tables import FrameTable, Records, fetched
from mmcore.data.tables.formats.parquet import ParquetTable
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.storage.arrays import FileRows

ROWS = 200


def records(frame, source="a.csv"):
    ids = pd.Index([f"p{n}" for n in range(len(frame))])
    return Records("lab", ids, tuple(frame.columns), FrameTable(frame), source=source)


def mixed():
    random = np.random.default_rng(0)
    heavy = random.standard_t(1.5, ROWS)
    return pd.DataFrame(
        {
            "weight": random.normal(70, 15, ROWS),
            "age": random.negative_binomial(9, 0.14, ROWS),
            "falls": random.poisson(6, ROWS) * (random.random(ROWS) < 0.3),
            "grade": random.integers(1, 5, ROWS),
            "dead": random.integers(0, 2, ROWS),
            "smokes": random.random(ROWS) < 0.5,
            "sex": random.choice(["f", "m"], ROWS),
            "color": random.choice(["blue", "green", "red"], ROWS),
            "crp": heavy * 100,
            "year": random.integers(2000, 2020, ROWS),
            "delta": random.integers(-9, 9, ROWS),
        }
    )


KINDS = {
    "weight": "real",
    "age": "count",
    "falls": "zero-inflated",
    "grade": "ordered",
    "dead": "binary",
    "smokes": "binary",
    "sex": "binary",
    "color": "categorical",
    "crp": "student",
    "year": "real",
    "delta": "real",
}


def fitted(frame, **settings):
    actual = TableReader(TableSettings(**settings)).fit(records(frame))
    return TableReader(TableSettings.model_validate(actual))


def kinds(reader):
    return {column.name: column.kind for column in reader._settings.fitted}


def test_kinds_are_inferred_and_may_be_given():
    assert kinds(fitted(mixed())) == KINDS
    given = {"grade": "categorical", "age": "real", "crp": "real", "dead": "categorical"}
    assert kinds(fitted(mixed(), types=given)) == KINDS | given
    levels = {"color": ("red", "green", "blue")}
    chosen = fitted(mixed(), levels=levels)
    assert kinds(chosen)["color"] == "ordered"
    assert chosen.read(records(mixed())).values[0, 7] == levels["color"].index(mixed()["color"][0])


def test_centers_and_scales_are_those_of_the_training_records_in_any_pieces(tmp_path, monkeypatch):
    frame = mixed()
    frame.loc[::7, "weight"] = np.nan
    whole = fitted(frame)._settings.fitted
    weight = whole[0]
    assert weight.loc == pytest.approx(frame["weight"].mean(), rel=1e-5)
    assert weight.scale == pytest.approx(frame["weight"].std(ddof=0), rel=1e-5)
    assert whole[1].loc == pytest.approx(np.log1p(frame["age"]).mean(), rel=1e-5)
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=50)
    monkeypatch.setattr("mmcore.data.tables.formats.parquet.CELLS", 33 * len(frame.columns))
    table = ParquetTable(tmp_path / "a.parquet")
    pieces = Records("lab", pd.RangeIndex(ROWS).astype(str), table.names, table, source="a.parquet")
    chosen = TableSettings.model_validate(TableReader(TableSettings()).fit(pieces))
    actual = chosen.fitted
    for one, other in zip(whole, actual, strict=True):
        assert (one.name, one.kind, one.categories) == (other.name, other.kind, other.categories)
        assert (one.loc, one.scale) == pytest.approx((other.loc, other.scale), rel=1e-4)


def test_what_is_read_is_written_back(tmp_path):
    frame = mixed()
    frame.loc[3, ["weight", "age", "color"]] = np.nan
    reader = fitted(frame)
    back = reader.write(reader.read(records(frame)).values)
    assert reader.columns() == tuple(frame.columns) == tuple(back)
    assert np.allclose(back["weight"], frame["weight"], rtol=1e-6, equal_nan=True)
    assert back["color"][0] == frame["color"][0]
    assert back["color"][3] is None
    assert back["grade"].tolist() == [str(grade) for grade in frame["grade"]]
    assert back["smokes"].tolist() == [str(smokes) for smokes in frame["smokes"]]


def test_columns_are_found_by_name_whatever_their_order_and_company():
    frame = mixed()
    reader = fitted(frame)
    other = frame[frame.columns[::-1]].assign(more=1.0)
    assert torch.equal(reader.read(records(frame)).values, reader.read(records(other)).values)
    with pytest.raises(MmcoreError, match=r"lacks 2 of the 11 columns.*'age'; did you mean 'Age'"):
        reader.read(records(frame.rename(columns={"age": "Age"}).drop(columns="crp")))


def test_an_unknown_category_is_missing_and_said():
    frame = mixed()
    reader = fitted(frame)
    frame.loc[:1, "color"] = "violet"
    actual = reader.read(records(frame))
    assert actual.values[:2, 7].isnan().all()
    assert not actual.values[2:, 7].isnan().any()
    assert [str(note) for note in actual.notes] == [
        "2 of 200 cells of column 'color' have other values than the training records, which have"
        " blue, green, red; they count as missing"
    ]


def test_numbers_in_another_unit_are_counted():
    frame = mixed()
    reader = fitted(frame)
    frame.loc[:2, "weight"] *= 1000
    notes = [str(note) for note in reader.read(records(frame)).notes]
    assert len(notes) == 1
    assert notes[0].startswith("3 of 200 cells of column 'weight' are over 100 standard deviations")


def test_categories_that_are_numbers_are_the_same_with_and_without_holes():
    frame = mixed()
    reader = fitted(frame)
    holes = frame.astype({"grade": float})
    holes.loc[0, "grade"] = np.nan
    assert torch.equal(
        reader.read(records(holes)).values[1:, 3], reader.read(records(frame)).values[1:, 3]
    )


@pytest.mark.parametrize("value", ["n/d", "<0.5", "1,5"])
def test_text_in_a_numeric_column_is_named_with_row_and_column(value):
    frame = mixed().astype({"weight": object})
    reader = fitted(mixed())
    frame.loc[17, "weight"] = value
    messages = rf"'a.csv' has '{value}' in the numeric column 'weight', row 'p17'"
    with pytest.raises(MmcoreError, match=messages):
        fitted(frame)
    with pytest.raises(MmcoreError, match=messages):
        reader.read(records(frame))


def test_among_decimal_commas_the_cell_that_is_no_number_is_named():
    frame = mixed()
    frame["weight"] = frame["weight"].map("{:.4f}".format).str.replace(".", ",")
    frame.loc[17, "weight"] = "n. def."
    with pytest.raises(
        MmcoreError, match=r"has 'n\. def\.' in the numeric column 'weight', row 'p17'"
    ):
        fitted(frame)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_infinities_are_named_with_row_and_column(value):
    frame = mixed()
    frame.loc[5, "crp"] = value
    with pytest.raises(MmcoreError, match=r"in column 'crp', row 'p5'; expected a finite number"):
        fitted(frame)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"types": {"wight": "real"}}, "no column 'wight'.*did you mean 'weight'"),
        ({"types": {"delta": "count"}}, "declared a count.*negative"),
        ({"types": {"color": "binary"}}, "declared binary and contains 3"),
        ({"types": {"weight": "categorical"}}, "has 200 different texts.*'!weight'"),
    ],
)
def test_a_kind_that_does_not_fit_its_column_is_refused(settings, message):
    with pytest.raises(MmcoreError, match=message):
        fitted(mixed(), **settings)


def test_texts_of_many_kinds_are_refused_with_the_way_out():
    frame = mixed().assign(name=[f"Name {n}" for n in range(ROWS)])
    with pytest.raises(MmcoreError, match=r"'name' of 'a.csv' has 200 different texts"):
        fitted(frame)


def test_constant_empty_and_duplicate_columns_are_read_and_told():
    frame = mixed().assign(same=3.0, empty=np.nan, twin=lambda f: f["weight"])
    reader = fitted(frame)
    messages = reader.findings(records(frame))
    assert messages[0].startswith("the whole numbers of 'age' are read as real numbers")
    assert messages[1:] == [
        "1 columns are constant, such as 'same'",
        "1 columns are duplicates: 'twin' is 'weight'",
    ]
    assert "0.0% of cells missing" in reader.describe(records(frame))
    assert reader.left_out() == ("empty",)
    assert "13 columns: 6 real" in reader.describe(records(frame))
    table = Table(reader._settings, Context.of(2, 0)).eval()
    values = reader.read(records(frame)).values
    p = table.decode(table.encode(values).content.loc, torch.zeros(ROWS, 0))
    assert p.log_prob(values).isfinite().all()


def test_categories_of_the_file_are_categories_in_the_order_of_their_levels():
    digits = np.tile(["0", "1", "2", "3"], ROWS // 4)
    levels = ["2", "0", "3", "1"]
    frame = pd.DataFrame(
        {
            "text": digits,
            "cluster": pd.Categorical(digits),
            "whole": pd.Categorical(digits.astype(int)),
            "stage": pd.Categorical(digits, levels, ordered=True),
        }
    )
    columns = {c.name: c for c in fitted(frame)._settings.fitted}
    assert [c.kind for c in columns.values()] == ["ordered", *["categorical"] * 2, "ordered"]
    assert columns["stage"].categories == tuple(levels)
    declared = fitted(frame, types={"cluster": "real", "stage": "categorical"})._settings.fitted
    assert [c.kind for c in declared] == ["ordered", "real", "categorical", "categorical"]


def test_no_records_are_no_rows():
    reader = fitted(mixed())
    assert reader.read(records(mixed().iloc[:0])).values.shape == (0, 11)


def test_a_table_without_columns_says_where_they_come_from():
    with pytest.raises(MmcoreError, match="mmcore train --config STUDY"):
        Table(TableSettings(), Context.of(2, 0))


@pytest.mark.parametrize(
    ("columns", "width"), [(1, 32), (6, 32), (30, 64), (200, 256), (20_000, 512)]
)
def test_hidden_layers_grow_with_the_columns(columns, width):
    built = {"name": "c", "kind": "real"}
    assert (
        TableSettings.model_construct(fitted=(built,) * columns, width=None).chosen_width == width
    )


def test_a_large_table_is_read_from_the_cache_and_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    reader = fitted(mixed())
    whole = reader.read(records(mixed())).values
    described, findings = reader.describe(records(mixed())), reader.findings(records(mixed()))
    monkeypatch.setattr("mmcore_table.reader.IN_MEMORY", 0)
    some = records(mixed()).only(np.arange(ROWS) % 3 == 0)
    for _ in range(2):
        for part, wanted in ((records(mixed()), whole), (some, whole[::3])):
            values = reader.read(part).values
            assert isinstance(values, FileRows)
            backwards = torch.arange(len(values)).flip(0)
            torch.testing.assert_close(
                fetched(values, backwards), wanted.flip(0), rtol=0, atol=0, equal_nan=True
            )
    assert len(list((tmp_path / "mmcore" / "arrays").glob("*.npy"))) == 4  # cells and counts
    assert reader.describe(records(mixed())) == described
    assert reader.findings(records(mixed())) == findings


def test_examples_of_float32_have_no_digits_that_the_file_has_not():
    own = records(pd.DataFrame({"x": np.linspace(0.1, 7.2024097, ROWS, dtype=np.float32)}))
    settings = TableReader(TableSettings()).fit(own)
    (line,) = TableReader(TableSettings(**settings)).examples(own)
    cells = line.partition("(")[2].rstrip(")").split(", ")
    assert cells == [str(cell) for cell in own.frame()["x"].to_numpy()[:2]]
    assert all(len(cell) <= 11 for cell in cells)


def positive():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"crp": random.lognormal(1, 1, ROWS), "age": random.normal(50, 9, ROWS)})
    frame.loc[5, "crp"] = np.nan
    return frame


def test_logarithms_of_positive_numbers_are_modeled_and_numbers_written():
    frame = positive()
    reader = fitted(frame, types={"c*": "positive"})
    (crp, _), cells = reader._settings.fitted, reader.read(records(frame)).values
    logs = np.log(frame["crp"])
    assert (crp.kind, crp.is_log) == ("real", True)
    assert (crp.loc, crp.scale) == pytest.approx((logs.mean(), logs.std(ddof=0)), rel=1e-5)
    assert np.allclose(cells[:, 0], logs, rtol=1e-6, equal_nan=True)
    assert np.allclose(reader.write(cells)["crp"], frame["crp"], rtol=1e-5, equal_nan=True)
    assert (reader.write(torch.full((1, 2), -30.0))["crp"] > 0).all()
    assert "1 positive, 1 real" in reader.describe(records(frame))


def test_a_cell_of_a_positive_column_that_is_not_positive():
    frame = positive()
    reader = fitted(frame, types={"crp": "positive"})
    frame.loc[[2, 3], "crp"] = (0.0, -1.0)
    reading = reader.read(records(frame))
    assert reading.values[:, 0].isnan().nonzero().flatten().tolist() == [2, 3, 5]
    assert (
        "2 of 200 cells of column 'crp', which is positive, are 0 or less; they count as missing"
        in [str(note) for note in reading.notes]
    )
    with pytest.raises(MmcoreError, match="is declared positive and has 0; declare it real"):
        fitted(frame, types={"crp": "positive"})


def test_positive_numbers_that_vary_much_have_a_note():
    frame = positive()
    (note,) = fitted(frame).findings(records(frame))
    assert "below 0: 'crp'; types: {crp: positive} models their logarithm" in note
    assert fitted(frame, types={"crp": "positive"}).findings(records(frame)) == []
    assert fitted(frame, types={"crp": "real"}).findings(records(frame)) == []
    frame["crp"] -= 1
    assert fitted(frame).findings(records(frame)) == []
