"""Progress in a file, where bars cannot be replaced."""

import io
import re
import time

from mmcore.terminal.printing import Console
from mmcore.terminal.progress import Progress, seconds_left


def test_a_file_has_lines_with_the_share_and_the_remaining_time():
    file = io.StringIO()
    with Progress(Console(file), seconds=0.05) as bars:
        bar = bars.add(4, "[bold]records")
        time.sleep(0.2)
        bars.advance(bar, 1)
        time.sleep(0.2)
    lines = file.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(re.fullmatch(r"\[bold\]records (0|25) %(, \d+ s left)?", line) for line in lines)
    assert any("25 %, " in line for line in lines)


def test_the_remaining_time_decreases_while_no_step_is_finished():
    assert seconds_left(0.5, 10, 10) == 10
    assert seconds_left(0.25, 10, 25) == 15
    assert seconds_left(0.25, 10, 50) < 0  # no time is shown


def test_a_short_command_prints_no_line():
    file = io.StringIO()
    with Progress(Console(file)) as bars:
        assert list(bars.track("abc", 3, "letters")) == ["a", "b", "c"]
    assert not file.getvalue().strip()
