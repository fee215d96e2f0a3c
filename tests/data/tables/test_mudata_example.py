"""The example of a study in .h5mu: from the file to imputed proteins."""

import os
import runpy
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "mudata_study.py"


def test_the_example_fills_both_modalities_of_all_cells(capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME", ""))
    names = runpy.run_path(str(EXAMPLE))
    filled = names["filled"]
    assert len(filled) == names["CELLS"]
    assert (
        sum(name.startswith("rna.gene") and "__" not in name for name in filled) == names["GENES"]
    )
    assert filled.filter(regex=r"^(rna|protein)\.\w+\d$").notna().all(axis=None)
    assert "120 synthetic cells" in capsys.readouterr().out
