"""An evaluation of many subsets states their number, and how long it takes."""

from types import SimpleNamespace

import pytest

from mmcore.runs.evaluation import execution as measuring
from mmcore.terminal.printing import Console


@pytest.fixture
def printed(monkeypatch):
    """The lines that an evaluation prints whose metrics take the seconds of the clock."""
    lines = []
    console = Console(quiet=True)
    monkeypatch.setattr(Console, "print", lambda self, text, *style: lines.append(text))

    def measure(seconds, metrics=10):
        clock = iter(seconds)
        monkeypatch.setattr(measuring, "perf_counter", lambda: next(clock))
        bar = measuring._Bar(console, metrics)
        bar.next("a")
        bar.tick(0.5)
        bar.next("b")
        return lines

    return measure


def test_a_long_rest_is_stated_once_after_a_minute(printed):
    [line] = printed([0, 0, 61, 122])
    assert line.startswith("about 19 minutes are left; --subsets")


def test_a_short_rest_and_a_first_minute_have_no_line(printed):
    assert printed([0, 0, 31, 61], metrics=2) == []
    assert printed([0, 0, 31, 59]) == []


@pytest.mark.parametrize(("count", "lines"), [(31, 1), (14, 0)])
def test_many_subsets_are_counted_before_the_first_metric(monkeypatch, count, lines):
    printed = []
    console = Console(quiet=True)
    monkeypatch.setattr(Console, "print", lambda self, text, *style: printed.append(text))
    monkeypatch.setattr(measuring, "_one_by_one", lambda *_: {})
    subject = SimpleNamespace(given=[("a",)] * count)
    one = SimpleNamespace(name="coherence", is_done=lambda records: False)
    measuring.measured([one], subject, {}, console, 1)
    assert len(printed) == lines
    assert not lines or printed[0].startswith("31 given subsets: --subsets, such as a,b,a+b")
