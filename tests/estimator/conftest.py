from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmcore import MultimodalVAE

ROWS = 40
PARAMS = {"steps": 60, "learning_rate": 0.02, "samples": 16, "random_state": 0}


def two_tables(rows=ROWS, seed=0):
    """Return two tables that share two factors; each lacks some ids and some cells of the other."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, 2))
    ids = [f"p{row}" for row in rng.permutation(rows)]
    a, b = (
        z @ rng.normal(size=(2, width)) + 0.1 * rng.normal(size=(rows, width)) for width in (5, 4)
    )
    left = pd.DataFrame(a, index=ids, columns=[f"a{n}" for n in range(5)])
    right = pd.DataFrame(b, index=ids, columns=[f"b{n}" for n in range(4)])
    left.iloc[3, 1] = right.iloc[8, 0] = np.nan
    return {"left": left.iloc[: rows - 4], "right": right.iloc[6:]}


@pytest.fixture(scope="session")
def joint():
    """Two tables, and an estimator that is fitted to them."""
    tables = two_tables()
    return SimpleNamespace(tables=tables, estimator=MultimodalVAE(**PARAMS).fit(tables))
