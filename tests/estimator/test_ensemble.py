"""An estimator of several models."""

from copy import deepcopy

import numpy as np
import pytest

from mmcore import MmcoreError, MultimodalVAE


def test_imputation_pools_the_members_and_survives_saving(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 1)) + rng.normal(size=(40, 4))
    holed = np.where(np.arange(4) == 2, np.nan, X)
    options = {"modalities": {"a": [0, 1], "b": [2, 3]}, "steps": 15, "random_state": 0}
    both = MultimodalVAE(**options, ensemble=2).fit(X)
    alone = MultimodalVAE(**options).fit(X)
    assert len(both.members_) == 2
    assert np.array_equal(both.transform(X), alone.transform(X)), (
        "the first member is the same model"
    )
    assert not np.array_equal(both.impute(holed), alone.impute(holed))
    both.save(tmp_path / "saved")
    for other in (MultimodalVAE.load(tmp_path / "saved"), deepcopy(both)):
        assert np.array_equal(other.impute(holed), both.impute(holed))


def test_no_model_is_one_sentence():
    with pytest.raises(MmcoreError, match="ensemble=0, expected the number of models, at least 1"):
        MultimodalVAE(ensemble=0, steps=1).fit(np.eye(12))
