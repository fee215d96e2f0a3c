"""The conventions of scikit-learn, with its own checks and its own tools."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from mmcore import MultimodalVAE

from .conftest import two_tables

EXPECTED: dict[str, str] = {}
"""Checks that fail, with the reason: none."""


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [MultimodalVAE(steps=3, samples=4)], expected_failed_checks=lambda estimator: EXPECTED
)
def test_the_checks_of_scikit_learn_pass(estimator, check):
    check(estimator)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(80, 2))
    X = z @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(80, 6))
    y = (z[:, 0] > 0).astype(int)
    X[::7, 2] = np.nan
    return X, y


@pytest.fixture
def estimator():
    modalities = {"a": slice(0, 3), "b": slice(3, 6)}
    return MultimodalVAE(modalities, steps=40, learning_rate=0.02, samples=4, random_state=0)


def test_parameters_are_stored_as_given(estimator):
    copy = clone(estimator)
    assert copy.modalities is not estimator.modalities
    assert copy.get_params() == estimator.get_params()
    assert MultimodalVAE(steps="many").steps == "many"


def test_it_is_a_step_of_a_pipeline(table, estimator):
    X, y = table
    pipeline = make_pipeline(estimator, LogisticRegression())
    assert cross_val_score(pipeline, X, y, cv=2).mean() > 0.7


def test_it_is_chosen_by_its_likelihood(table, estimator):
    X, _ = table
    search = GridSearchCV(estimator, {"learning_rate": [1e-6, 0.02]}, cv=2).fit(X[:30])
    assert search.best_params_ == {"learning_rate": 0.02}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_the_output_is_a_data_frame_if_set():
    tables = two_tables()
    estimator = MultimodalVAE(steps=2, random_state=0).set_output(transform="pandas")
    frame = estimator.fit_transform(tables)
    assert list(frame.columns) == list(estimator.get_feature_names_out())
    assert frame.index[0] == tables["left"].index[0]
    single = clone(estimator).fit_transform(tables["left"])
    assert list(single.index) == list(tables["left"].index)
    assert estimator.n_features_in_ == 9
    assert list(estimator.feature_names_in_[[0, -1]]) == ["left.a0", "right.b3"]
