"""What of the columns of a table looks like a mistake is remarked on, and what is usual is not."""

import numpy as np
import pandas as pd
import pytest
from mmcore_table.reader import TableReader
from mmcore_table.settings import TableSettings

from mmcore.data.tables import FrameTable, Records

ROWS = 80


def every(frame, rows=None, **settings):
    ids = pd.Index([f"p{n}" for n in range(len(frame))])
    own = Records("lab", ids, tuple(frame.columns), FrameTable(frame), source="a.csv")
    own = own if rows is None else own.only(rows)
    fitted = TableReader(TableSettings(**settings)).fit(own)
    return TableReader(TableSettings.model_validate(fitted)).findings(own)


def test_a_number_of_the_row_is_remarked_on():
    frame = pd.DataFrame(
        {"number": np.arange(ROWS) + 1, "x": NORMAL, "tens": np.arange(ROWS) * 10.0}
    )
    for rows in (None, np.arange(ROWS) % 3 > 0):
        lines = [line for line in every(frame, rows) if "grows by the same step" in line]
        assert [line.split("'")[1] for line in lines] == ["number", "tens"]
    frame.loc[5, "number"] = 7
    assert [line for line in every(frame[["number", "x"]]) if "grows by" in line] == []


def test_letters_of_another_encoding_are_remarked_on():
    words = ["gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n", "red"]
    for text in (words[0].encode().decode("cp1252"), "gr\N{REPLACEMENT CHARACTER}n"):
        (line,) = every(pd.DataFrame({"v": [text, "red"] * (ROWS // 2)}))
        assert line.startswith(f"column 'v' has letters of another encoding, such as in '{text}'")
    assert every(pd.DataFrame({"v": words * (ROWS // 2)})) == []


def findings(cells, **settings):
    lines = every(pd.DataFrame({"v": cells}), **settings)
    return [line for line in lines if "far from the others" in line]


def random(draw, mark=None, cells=4):
    values = np.asarray(draw(np.random.default_rng(0)), dtype=float)
    if mark is not None:
        values[:cells] = mark
    return values


NORMAL = random(lambda r: r.normal(0, 1, ROWS).round(2))


@pytest.mark.parametrize(
    ("draw", "mark", "settings"),
    [
        (lambda r: r.normal(0, 1, ROWS), -999, {}),
        (lambda r: r.normal(0, 1, ROWS), -9, {}),
        (lambda r: r.integers(18, 91, ROWS), 999, {}),
        (lambda r: r.integers(60, 91, ROWS), 0, {}),
        (lambda r: r.integers(1, 6, ROWS), 9, {}),
        (lambda r: r.integers(1, 6, ROWS), -9, {}),
        (lambda r: r.lognormal(0, 1, ROWS), 9999, {"types": {"v": "positive"}}),
        (lambda r: 1.6e9 + r.normal(0, 28, ROWS), 0, {}),
    ],
)
def test_a_repeated_number_far_from_the_others_is_named(draw, mark, settings):
    [line] = findings(random(draw, mark), **settings)
    assert line.startswith(f"4 cells are {mark}, far from the others of their column ('v' 4); if")
    assert line.endswith(f"missing: ['{mark}'] if no other cell has this value")
    assert findings(random(draw, mark, cells=2), **settings) == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda r: r.normal(0, 1, ROWS),
        lambda r: r.integers(1, 8, ROWS),
        lambda r: r.negative_binomial(1, 0.1, ROWS),
        lambda r: r.choice([0, 1, 10, 100], ROWS),
        lambda r: r.choice([0, 1, 9], ROWS),
        lambda r: r.choice([1, 5, 7, 9], ROWS) - 1,
        lambda r: r.choice([-2, -1, 0, 1], ROWS),
        lambda r: np.clip(r.normal(0, 1, ROWS), -1, 1),
    ],
)
def test_usual_numbers_have_no_remark(draw):
    assert findings(random(draw)) == []


def test_dates_are_shown_as_such():
    days = pd.date_range("2015-01-01", periods=ROWS, freq="9D").strftime("%Y-%m-%d").to_numpy()
    days = np.where(np.arange(ROWS) % 10 == 0, "1900-01-01", days)
    [line] = findings(days, types={"v": "date"})
    assert line.startswith("8 cells are 1900-01-01, far")


def test_words_of_levels_are_no_numbers():
    levels = ["low", "mid", "high", "top"]
    assert findings([levels[n % 4] for n in range(ROWS)], levels={"v": levels}) == []
