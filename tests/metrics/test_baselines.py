"""Baselines against scikit-learn, and beside a model whose posterior is exact."""

import numpy as np
import pytest
import torch
from sklearn.impute import KNNImputer
from sklearn.preprocessing import StandardScaler

from mmcore import Batch, Noise
from mmcore.aggregators import ProductOfExperts
from mmcore.fusion import Fusion
from mmcore.inference.representation.subsets import subsets
from mmcore.metrics.imputation.baseline_comparison import (
    OBSERVED,
    comparison_tables,
    comparisons,
    observed_results,
    worse_than_baselines,
)
from mmcore.metrics.imputation.baselines import (
    NEIGHBOURS,
    Baselines,
    Elements,
    _differing,
)
from mmcore.metrics.imputation.imputation import impute
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld

ROWS = 300


def elements(values, missing=0.0):
    cells = torch.tensor(values)
    cells[torch.rand(cells.shape) < missing] = torch.nan
    return Elements.of(cells, torch.ones(len(cells), dtype=torch.bool))


def numbers(*widths):
    return [torch.zeros(width, dtype=torch.bool) for width in widths]


def test_neighbours_are_those_of_scikit_learn():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(80, 6)) * [1, 5, 2, 1, 3, 1], rng.normal(size=(20, 6))
    given, target = elements(train[:, :4], missing=0.1), elements(train[:, 4:])
    coded = dict(zip("ab", numbers(4, 2), strict=True))
    result = Baselines({"a": given, "b": target}, coded).nearest("b", {"a": elements(test[:, :4])})

    table = given.cells.masked_fill(~given.known, torch.nan).numpy()
    scaler = StandardScaler().fit(table)
    imputer = KNNImputer(n_neighbors=NEIGHBOURS)
    imputer.fit(np.hstack([scaler.transform(table), train[:, 4:]]))
    hidden = np.hstack([scaler.transform(test[:, :4]), np.full((20, 2), np.nan)])
    assert result.numpy() == pytest.approx(imputer.transform(hidden)[:, 4:])


@pytest.mark.parametrize("classes", [3, 50])
def test_columns_of_different_categories_are_counted(classes):
    """By classes or by columns, whichever are fewer; an unknown cell, -1, does not differ."""
    random = torch.Generator().manual_seed(0)
    ours = torch.randint(-1, classes, (7, 5), generator=random).double()
    theirs = torch.randint(-1, classes + 2, (9, 5), generator=random).double()
    ours[:4, :2] = theirs[5:, 1:3] = -1
    one, other = ours[:, None], theirs[None]
    wanted = ((one != other) & (one >= 0) & (other >= 0)).sum(-1)
    assert torch.equal(_differing(ours, theirs), wanted.double())


def test_the_column_mean_of_categories_is_the_most_frequent_and_skips_missing_cells():
    cells = torch.tensor([[1.0, 2.0], [1.0, torch.nan], [2.0, torch.nan], [0.0, 4.0]])
    own = Elements.of(cells, torch.tensor([True, True, True, False]))
    coded = torch.tensor([True, False])
    assert Baselines({"a": own}, {"a": coded}).mean("a").tolist() == [1.0, 2.0]


def test_a_record_without_a_common_element_gets_the_column_mean():
    given, target = elements(np.array([[1.0], [2.0]])), elements(np.array([[3.0], [5.0]]))
    baselines = Baselines({"a": given, "b": target}, dict(zip("ab", numbers(1, 1), strict=True)))
    unknown = Elements.of(torch.tensor([[torch.nan]]), torch.ones(1, dtype=torch.bool))
    assert baselines.nearest("b", {"a": unknown}).tolist() == [[4.0]]


def compared(world, missing=(), shift=0):
    values, train = world.sample(ROWS, seed=1), world.sample(ROWS, seed=2)
    world.codec["m1"].offset.data += shift
    present = {name: torch.ones(ROWS, dtype=torch.bool) for name in values}
    for name in missing:
        present[name][::2] = False
    encoding = world.codec.encode(Batch.of(values, present))
    fusion = Fusion(ProductOfExperts(), [1.0] * len(values), 1.0, StandardPrior(2))
    noise = Noise(ROWS)
    results = impute(world.codec, fusion, encoding, subsets(tuple(values)), noise).results
    observed = observed_results(world.codec, fusion, encoding, noise)
    every = torch.ones(ROWS, dtype=torch.bool)
    fitted = {name: Elements.of(x, every) for name, x in train.items()}
    baselines = Baselines(fitted, {name: numbers(4)[0] for name in values})
    return comparisons(world.codec, {**results, OBSERVED: observed}, baselines, encoding)


def test_the_exact_posterior_is_better_than_the_baselines():
    result = compared(LinearGaussianWorld.of(3, encoder="likelihood"))
    assert [one.title for one in result[:3]] == ["m0 given m1", "m0 given m2", "m0 given m1+m2"]
    (table,) = comparison_tables(result)
    for row, numbers_ in table.rows.items():
        model, nearest, mean = numbers_
        assert model < nearest < mean, row
        assert table.count(row, 0) == ROWS
        assert table.is_best(row, 0)
    (statement,) = result[-1].statements
    assert "better than the 10 nearest neighbors" in statement.sentence
    assert "(n = 300)" in statement.sentence
    assert worse_than_baselines(result) == []


def test_a_model_that_is_worse_than_the_column_mean_is_named():
    world = LinearGaussianWorld.of(2, encoder="likelihood")
    (sentence,) = worse_than_baselines(compared(world, shift=3))
    assert "m1 given m0 (KNN, column mean)" in sentence


def test_observed_is_a_row_of_its_own_only_where_records_lack_modalities():
    world = LinearGaussianWorld.of(3, encoder="likelihood")
    rows = {one.title: one.records for one in compared(world, missing=["m2"])}
    assert rows[f"m0 given {OBSERVED}"] == ROWS
    assert rows["m0 given m1+m2"] == ROWS // 2
    assert f"m2 given {OBSERVED}" not in rows, "all records that have m2 have all others"
