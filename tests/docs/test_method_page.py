"""The page of the method shows lines of the code."""

import re

from support.pages import ROOT

PAGE = ROOT / "docs" / "method.md"


def test_each_line_of_code_is_in_its_file():
    text = PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"^    (mmcore/[\w/]+\.py)\n((?:        .+\n)+)", text, re.MULTILINE)
    assert len(shown) == text.count("    mmcore/") >= 7
    for file, lines in shown:
        source = {line.strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()}
        assert {line.strip() for line in lines.splitlines()} <= source, file


def test_every_equation_of_the_paper_has_a_heading():
    headings = re.findall(r"^## Eq\. (\d+)(?: and (\d+))?", PAGE.read_text(), re.MULTILINE)
    assert [int(n) for pair in headings for n in pair if n] == [4, 5, 6, 7, 8, 9, 10]
