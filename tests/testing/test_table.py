"""The documentation of the kit is the kit's own."""

import re
from pathlib import Path

from support.conformance_table import table

from mmcore.testing import KITS

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()


def test_the_page_ends_with_the_table_of_today():
    assert PAGE.endswith(table())


def test_every_check_of_every_kind_is_in_the_table_and_promises_a_sentence():
    named = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", table(), flags=re.MULTILINE)
    planned = {(check.name, check.promise) for kit in KITS for check in kit.checks}
    assert set(named) == planned
    assert all(re.fullmatch(r"[A-Za-z`].*\.", promise) for _, promise in named)
    for kit in KITS:
        assert len({check.name for check in kit.checks}) == len(kit.checks)


def test_the_python_of_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "conformance.md", "exec"), {})
