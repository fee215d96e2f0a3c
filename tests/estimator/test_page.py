"""The page on the estimator is run."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "estimator.md"


def test_the_code_of_the_page_runs():
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["embedding"].shape[0] == len(names["log_p"]) == 60
    assert all(table.notna().all(axis=None) for table in names["completed"].values())
    assert len(names["words"]) == 2
