"""The page of the benchmarks, its plots and its file of results."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb

from benchmarks.__main__ import parsed
from benchmarks.groups import GROUPS, Scale
from benchmarks.harness import figures, plots, record
from benchmarks.harness.page import page
from benchmarks.harness.peers import PEERS, PeerMissing, python_of
from benchmarks.harness.plan import Bar, Case, Comparison, Group
from benchmarks.harness.rounds import Turns
from benchmarks.sides.protocol import _reply

pytestmark = pytest.mark.complete

ROOT = Path(__file__).parents[2]
GROUP = Group(
    "g",
    "Title",
    "About.",
    (Case("A", "mmcore", "step"), Case("B", "MultiVae", "step")),
    (
        Comparison("A / B", "A", "B", bar=Bar(">=", 2.0)),
        Comparison("A, CPU", "A", kind="absolute", quantity="cpu"),
    ),
)
ABOUT = {
    **{"date": "2026-01-01 00:00", "processor": "P", "cores": 2, "system": "S", "bfloat16": True},
    **{"gpu": "", "load": 0.1, "load_after": 0.2, "rounds": 2, "data": "synthetic", "quick": False},
    "versions": {"mmcore": {"torch": "2"}, "MultiVae": {"missing": "uv"}},
}
A = Turns([{"seconds": 1.0, "cpu": 0.5, "gib": 1.0}, {"seconds": 2.0, "cpu": 0.5, "gib": 1.0}])
B = Turns([{"seconds": 3.0, "cpu": 0.5, "gib": 1.0}, {"seconds": 6.0, "cpu": 0.5, "gib": 1.0}])


def written(b):
    results = record.with_group({"groups": {}}, "g", {"A": A, "B": b}, ABOUT)
    return page([GROUP], json.loads(json.dumps(results)), {})


def tables(text):
    return re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)


def test_every_row_of_a_table_has_all_cells():
    for table in tables(written(B)):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_page_has_each_comparison_and_whether_a_target_is_met():
    text = written(B)
    assert "| A / B | >= 2 | 3.00 (3.00 to 3.00) | 1.00 (1.00 to 1.00) | yes | `--only g` |" in text
    assert "| A / B | 3.00 (3.00 to 3.00) | 1.00 (1.00 to 1.00) | >= 2 |" in text
    assert "| A, CPU |  | 0.50 (0.50 to 0.50) |  |" in text
    assert "| 0.50 (0.50 to 0.50) | 1.00 (1.00 to 1.00) | **no** | `--only g` |" in written(
        Turns([{**reply, "seconds": reply["seconds"] / 2} for reply in A.replies])
    )


def test_a_busy_machine_is_named_beside_the_verdict():
    busy = record.with_group({"groups": {}}, "g", {"A": A, "B": B}, {**ABOUT, "load_after": 9.0})
    assert "| yes, busy |" in page([GROUP], busy, {})
    assert "busy |" not in written(B)


def test_what_was_not_measured_is_a_row_with_the_reason():
    text = written(Turns([], "no Python 3.10"))
    assert "| A / B | >= 2 | not measured: B: no Python 3.10 |  |  | `--only g` |" in text
    assert "| B | 1 | no Python 3.10 |" in text
    assert "python -m benchmarks --only g" in page([GROUP], {"groups": {}}, {})


def test_the_committed_page_is_computed_from_the_committed_results(tmp_path):
    groups = [build(Scale()) for build in GROUPS.values()]
    results = record.read(ROOT / "benchmarks" / "results.json")
    drawn = figures.draw(groups, results, tmp_path)
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    assert page(groups, results, drawn) == text, "run python -m benchmarks --page-only"
    assert all((ROOT / "docs" / path).is_file() for path in drawn.values())


def test_bars_have_the_lengths_of_the_values_and_are_grey(tmp_path):
    values = {"ours": {"x": 3.0, "y": 1.0}, "theirs": {"y": 2.0}}
    figure = plots.bars(values, "unit")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [3.0, 1.0, 2.0]
    assert axes.get_xlabel() == "unit"
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2
    assert all(len(set(to_rgb(bar.get_facecolor()))) == 1 for bar in axes.patches)
    assert all(a.y1 <= b.y0 for a, b in zip(*[iter(sorted_boxes(axes))] * 2, strict=False))
    plots.save(figure, tmp_path / "a.svg")
    plots.save(plots.bars(values, "unit"), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def sorted_boxes(axes):
    return sorted((bar.get_bbox() for bar in axes.patches), key=lambda box: box.y0)


def test_lines_differ_without_color():
    values = {"a": {1: 2.0, 4: 3.0}, "b": {1: 4.0}, "c": {2: 5.0}}
    (axes,) = plots.lines(values, ("x", "y"), logarithmic=True).axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 4], [1], [2]]
    looks = {(line.get_marker(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 3
    assert all(len(set(to_rgb(line.get_color()))) == 1 for line in axes.lines)


def test_a_fault_of_a_side_is_its_reply_and_a_turn_is_prepared_once():
    prepared = []

    def fails(options):
        raise ValueError("a\nb")

    def works(options):
        prepared.append(options)
        return lambda: {"cpu": 7}

    tasks, turns = {"fails": fails, "works": works}, {}

    def ask(task):
        return _reply({"task": task, "options": {}, "threads": 1}, tasks, turns)

    assert ask("fails") == {"failure": "ValueError: a"}
    assert ask("works")["cpu"] == ask("works")["cpu"] == 7
    assert len(prepared) == 1
    ask("forget")
    ask("works")
    assert len(prepared) == 2


def test_a_peer_that_cannot_be_installed_has_a_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PeerMissing, match="uv is not installed"):
        python_of(PEERS["MultiVae"])


def test_an_unknown_group_is_refused_with_the_nearest(capsys):
    with pytest.raises(SystemExit) as stopped:
        parsed(["--only", "step,mising"])
    assert stopped.value.code == 2
    assert "did you mean 'missing'?" in capsys.readouterr().err
