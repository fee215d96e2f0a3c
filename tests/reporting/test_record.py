from mmcore.reporting.numbers import number
from mmcore.reporting.record import Column, Table


def table():
    return Table(
        name="t",
        about="",
        columns=(Column(name="x", best="high"), Column(name="y", best="low"), Column(name="z")),
        rows={"a": (0.5, 0.5, 1.0), "b": (0.7, None, 2.0), "(ceiling)": (0.9, 0.1, 3.0)},
    )


def marked(made):
    return {(row, i) for row in made.rows for i in range(3) if made.is_best(row, i)}


def test_the_best_of_a_column_is_marked_references_aside():
    # y has one competitor alone, z has no good end
    assert marked(table()) == {("b", 0)}


def test_along_rows_the_runs_compete():
    columns = (Column(name="x", best="high"), Column(name="y", best="high"))
    rows = {"a": (0.5, 0.4), "b": (0.6, 0.9), "(ceiling)": (1.0, 0.9)}
    turned = Table(name="t", about="", columns=columns, rows=rows, along_rows=True)
    assert {(r, i) for r in rows for i in (0, 1) if turned.is_best(r, i)} == {("a", 0), ("b", 1)}


def test_ties_are_marked_both():
    tied = table().model_copy(update={"rows": {"a": (1.0, 2.0, 0.0), "b": (1.0, 3.0, 0.0)}})
    assert marked(tied) == {("a", 0), ("b", 0), ("a", 1)}


def test_numbers_are_short():
    shown = [number(v) for v in (None, 0.12345, 1.0, 2000.0, -1917.26, 0.0)]
    assert shown == ["n/a", "0.123", "1.000", "2,000", "-1,917.3", "0.000"]
