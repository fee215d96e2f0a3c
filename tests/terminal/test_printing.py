"""Text of others on a terminal and in figures."""

import io
import re

import pytest
from matplotlib.figure import Figure

from mmcore.terminal.escaping import drawn, shown
from mmcore.terminal.printing import Console, grid, literal
from mmcore.terminal.progress import Progress
from tests.support.hostile import HOSTILE


class Terminal(io.StringIO):
    """A file that is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A console that has colors, and the text that it received."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    return Console(Terminal(), width=2000)


def test_lines_are_replaced_on_a_terminal_alone_also_if_colors_are_forced(terminal, monkeypatch):
    assert terminal.is_terminal
    assert not Console(io.StringIO()).is_terminal
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert not terminal.is_terminal, "a command below a cell of a notebook"


def plain(console):
    """Return what a reader sees: the text without the styles of the console."""
    return re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_line_a_table_a_rule_and_a_bar_show_a_text_literally(text, terminal):
    terminal.print(text, "bold")
    terminal.print(grid([text], [[text], [literal(text, "bold")]], title=text))
    terminal.rule(text)
    with Progress(terminal) as bars:
        bars.add(1, shown(text))
    seen = plain(terminal)
    assert seen.count(shown(text)) >= 6
    assert "\x1b" not in seen


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_visible_text_is_one_printable_line_and_stays_as_it_is(text):
    line = shown(text)
    assert line.isprintable()
    assert shown(line) == line
    assert (line == text) == text.isprintable()


def test_words_that_need_invisible_joiners_keep_them():
    for word in (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "👩\u200d🔬",
        "10\u00a0kg",
    ):
        assert shown(word) == word


@pytest.mark.filterwarnings("ignore:Glyph")
def test_figures_draw_formulas_as_text():
    figure = Figure()
    axes = figure.subplots()
    for text in HOSTILE:
        axes.set_title(drawn(text[:20]))
        axes.set_xlabel(drawn(text[:20]))
        figure.canvas.draw()
        _, is_formula = axes.title._preprocess_math(axes.title.get_text())
        assert not is_formula, text
