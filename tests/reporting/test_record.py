from mmcore.reporting.numbers import number
from mmcore.reporting.record import Column, MetricRecord, Table


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


def test_ties_are_marked_both_and_where_all_are_equal_none():
    rows = {"a": (1.0, 2.0, 0.0), "b": (1.0, 2.0, 0.0), "c": (1.0, 3.0, 0.0)}
    assert marked(table().model_copy(update={"rows": rows})) == {("a", 1), ("b", 1)}


def test_numbers_are_short():
    shown = [number(v) for v in (None, 0.12345, 1.0, 2000.0, -1917.26, 0.0, -2.345e-7)]
    assert shown == ["n/a", "0.123", "1.000", "2,000", "-1,917.3", "0.000", "-2.3e-07"]


def test_counts_have_no_decimals_and_scores_that_are_whole_have():
    columns = (Column(name="samples"), Column(name="accuracy", best="high"), Column(name="sd"))
    rows = {"a": (3.0, 1.0, 2.0), "b": (None, 1.0, 0.5), "c": (1234.0, None, 1.0)}
    counted = Table(name="t", about="", columns=columns, rows=rows)
    shown = [[counted.text(row, place) for place in range(3)] for row in rows]
    assert shown == [["3", "1.000", "2.000"], ["n/a", "1.000", "0.500"], ["1,234", "n/a", "1.000"]]


def test_n_is_that_of_the_table_or_of_the_row():
    assert table().count("a", 0) is None
    assert table().model_copy(update={"n": 7}).count("b", 2) == 7
    by_row = table().model_copy(update={"n": {"a": (1, 1, 1), "b": (2, 2, 2)}})
    assert (by_row.count("b", 0), by_row.count("(ceiling)", 0)) == (2, None)
    assert by_row.has_counts_by_row
    assert not table().model_copy(update={"n": {"a": (1, 2, None)}}).has_counts_by_row


def test_a_metric_without_results_is_not_measured():
    reason = "no modality has a classifier"
    record = MetricRecord(digest="", seconds=2, tables=(), left_out=(reason,))
    assert record.outcome == f"not measured; {reason}"
    assert record.has_results is False
    assert record.model_copy(update={"statements": ("a",)}).outcome == f"2 s; {reason}"
