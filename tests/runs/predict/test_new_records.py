"""Remarks on new records: columns that the model does not have, and ids of the training."""

from mmcore.runs.prediction import open_query
from mmcore.runs.prediction.query import training_query
from mmcore.runs.run import Run


def notes(linear, **tables):
    return open_query(Run.open(linear.run, linear.catalogue), linear.new(**tables)).notes


def renamed(frame, prefix="new"):
    return frame.assign(id=[f"{prefix}{n}" for n in range(len(frame))])


def test_records_like_those_of_the_training_have_no_note(linear):
    assert notes(linear, m0=renamed(linear.frame("m0"))) == []


def test_further_columns_are_named(linear):
    frame = renamed(linear.frame("m0")).assign(age=1.0)
    assert notes(linear, m0=frame) == [
        "'age' of 'new_m0.csv' is no column of the training records of 'm0', without effect"
    ]
    [note] = notes(linear, m0=frame.assign(b=1, c=1, d=1))
    assert note.startswith("'age', 'b', 'c' and 1 more of 'new_m0.csv' are no columns")


def test_a_column_that_may_be_an_empty_one_is_compared_with_it(linear):
    frame = renamed(linear.frame("m0"))
    frame = frame.assign(X_0=frame["x0"], x0=None)
    [note] = [n for n in notes(linear, m0=frame) if "X_0" in n]
    assert note.endswith("without effect; did you mean 'x0'?")


def notes_on_ids(linear, frame):
    run = Run.open(linear.run, linear.catalogue)
    return training_query(run, open_query(run, linear.new(m0=frame)))[1]


def test_ids_of_the_run_are_counted(linear):
    frame = linear.frame("m0")
    training, held_out = notes_on_ids(linear, frame)
    assert "ids are those of training records of the run, such as 'p" in training
    assert "ids are those of held-out records of the run" in held_out
    total = sum(int(note.split()[0]) for note in (training, held_out))
    assert total == len(frame)
    assert notes_on_ids(linear, renamed(frame)) == []
    [one] = notes_on_ids(linear, renamed(frame).assign(id=lambda f: ["p000", *f["id"][1:]]))
    assert one.startswith("1 id is that of a ")
    assert "'p000'; if they are" in one


def test_marks_of_missing_cells_are_those_of_the_training_if_none_are_given(linear):
    config = linear.run / "config.yaml"
    config.write_text(config.read_text().replace("missing: null", "missing: ['-999']"))
    frame = renamed(linear.frame("m0", slice(0, 4)))
    frame.loc[0, "x1"] = -999
    file = linear.new(m0=frame)
    run = Run.open(linear.run, linear.catalogue)
    query = open_query(run, file)
    cells = query.splits[0].samples.records["m0"].frame()["x1"]
    assert cells.isna().tolist() == [True, False, False, False]
    assert (
        f"cells with '-999' are missing, as in the training; 'missing' in '{file}'"
        in query.notes[-1]
    )
    file.write_text(file.read_text() + "missing: []\n")
    query = open_query(run, file)
    assert query.notes == []
    assert not query.splits[0].samples.records["m0"].frame()["x1"].isna().any()
