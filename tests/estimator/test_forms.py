"""Forms of data: arrays, data frames, texts, files, AnnData and MuData."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.sparse import csr_array, csr_matrix

from mmcore import MmcoreError, MultimodalVAE
from mmcore.estimator.forms import FORMS
from mmcore.estimator.matrices import MatrixChoice

from .conftest import two_tables

QUICK = {"steps": 3, "samples": 4, "random_state": 0}


@pytest.fixture
def frame():
    """One table with all kinds of cells, one of each missing in row 3."""
    rng = np.random.default_rng(0)
    cells = pd.DataFrame(
        {
            "size": rng.normal(size=30),
            "count": rng.integers(0, 3, 30),
            "color": np.array(["red", "green", "blue"])[rng.integers(0, 3, 30)],
            "stage": pd.Categorical(np.array(["I", "II"])[rng.integers(0, 2, 30)]),
            "flag": rng.integers(0, 2, 30) > 0,
            "apart": "x",
        },
        index=[f"row {n}" for n in range(30)],
    )
    holes = cells.astype({"count": float, "flag": object, "color": object})
    holes.iloc[3] = [np.nan, np.nan, None, np.nan, None, "x"]
    return holes


def test_a_frame_is_filled_in_its_own_types(frame):
    before = frame.copy()
    modalities = {"numbers": ["size", "count"], "words": ["color", "stage", "flag"]}
    filled = MultimodalVAE(modalities, **QUICK).fit(frame).impute(frame)
    assert frame.equals(before)
    assert list(filled.columns) == list(frame.columns)
    assert filled.drop(index="row 3").equals(frame.drop(index="row 3"))
    row = filled.loc["row 3"]
    assert np.isfinite(row["size"])
    assert row["count"] in (0, 1, 2)
    assert row["color"] in ("red", "green", "blue")
    assert filled["stage"].cat.categories.tolist() == ["I", "II"]
    assert row["stage"] in ("I", "II")
    assert row["flag"] in (True, False)


def test_columns_are_chosen_by_name_pattern_position_and_slice(frame):
    numbers = frame[["size", "count"]]
    by_name = MultimodalVAE({"a": ["size"], "b": ["count"]}, **QUICK).fit(numbers)
    for modalities in (
        {"a": "si*", "b": "count"},
        {"a": [0], "b": [1]},
        {"a": slice(0, 1), "b": slice(1, 2)},
    ):
        other = MultimodalVAE(modalities, **QUICK).fit(numbers)
        np.testing.assert_array_equal(other.transform(numbers), by_name.transform(numbers))


def test_an_array_is_the_frame_of_its_cells(frame):
    numbers = frame[["size", "count"]]
    of_frame = MultimodalVAE(**QUICK).fit(numbers)
    of_array = MultimodalVAE(**QUICK).fit(numbers.to_numpy())
    np.testing.assert_array_equal(
        of_frame.transform(numbers), of_array.transform(numbers.to_numpy())
    )
    filled = of_array.impute(numbers.to_numpy())
    assert isinstance(filled, np.ndarray)
    np.testing.assert_array_equal(filled, of_frame.impute(numbers).to_numpy())


def test_labels_of_the_index_may_repeat_in_one_table(frame):
    numbers = frame[["size", "count"]].set_axis(["same"] * 30)
    estimator = MultimodalVAE(**QUICK).fit(numbers)
    assert list(estimator.impute(numbers).index) == ["same"] * 30


def test_texts_are_recognized_and_written():
    words = ["yes", "no", None, "yes"] * 5
    table = pd.DataFrame({"x": np.arange(20.0)})
    estimator = MultimodalVAE(**QUICK).fit({"table": table, "word": words})
    assert estimator.model_.config.modalities["word"].kind == "characters"
    filled = estimator.impute({"table": table, "word": words})["word"]["value"]
    assert filled.notna().all()
    assert [a for a, b in zip(filled, words, strict=True) if b] == [word for word in words if word]
    series = pd.Series(words, name="note", index=[str(n) for n in range(20)])
    by_id = dict(enumerate(words))
    for same in (series, by_id, np.array(words, dtype=object)):
        np.testing.assert_array_equal(
            estimator.transform({"word": same}), estimator.transform({"word": words})
        )
    assert list(estimator.sample(2)["word"].columns) == ["value"]


def test_paths_are_read_as_the_files_that_they_name(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(8):
        pixels = rng.integers(0, 255, (16, 16), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    files = {f"p{number}": tmp_path / f"{number}.png" for number in range(8)}
    table = pd.DataFrame({"x": np.arange(8.0)}, index=list(files))
    settings = {"photo": {"features": 8}}
    data = {"table": table.iloc[1:], "photo": files}
    estimator = MultimodalVAE(settings=settings, **QUICK).fit(data)
    assert estimator.model_.config.modalities["photo"].kind == "image"
    assert estimator.transform(data).shape[0] == 8
    assert estimator.impute({"photo": files})["table"].notna().all(axis=None)
    texts = {name: str(path) for name, path in files.items()}
    np.testing.assert_array_equal(
        estimator.transform({"photo": texts}), estimator.transform({"photo": files})
    )


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_mudata_in_is_mudata_out(joint):
    anndata, mudata = pytest.importorskip("anndata"), pytest.importorskip("mudata")
    tables = two_tables()
    data = mudata.MuData({name: anndata.AnnData(table) for name, table in tables.items()})
    estimator = MultimodalVAE(**QUICK).fit(data)
    out = estimator.impute(data)
    assert "X_mmcore" not in data.obsm
    assert type(out) is mudata.MuData
    whole = estimator.transform(data)
    np.testing.assert_array_equal(out.obsm["X_mmcore"], whole.obsm["X_mmcore"])
    ordered = {name: table.reindex(data.obs_names) for name, table in tables.items()}
    np.testing.assert_allclose(
        whole.obsm["X_mmcore"], MultimodalVAE(**QUICK).fit(tables).transform(ordered), atol=1e-5
    )
    for name, table in tables.items():
        layer = out[name].to_df(layer="imputed").loc[table.index]
        assert layer.where(table.notna()).equals(table.astype(layer.dtypes))
        assert layer.notna().all(axis=None)
        assert out.obsm[f"imputed_{name}"].notna().all(axis=None)
    assert type(estimator.sample(2)) is mudata.MuData
    as_pandas = estimator.set_output(transform="pandas").transform(data)
    assert list(as_pandas.index) == list(data.obs_names)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_anndata_in_is_anndata_out():
    anndata = pytest.importorskip("anndata")
    table = two_tables()["left"]
    data = anndata.AnnData(table)
    estimator = MultimodalVAE({"a": ["a0", "a1"], "b": ["a[234]"]}, **QUICK).fit(data)
    out = estimator.impute(data)
    np.testing.assert_array_equal(
        out.obsm["X_mmcore"],
        MultimodalVAE({"a": [0, 1], "b": [2, 3, 4]}, **QUICK).fit_transform(table),
    )
    layer = out.to_df(layer="imputed")
    assert layer.where(table.notna()).equals(table)
    assert layer.notna().all(axis=None)
    assert type(estimator.inverse_transform(out.obsm["X_mmcore"])) is anndata.AnnData


@pytest.fixture
def cells():
    """An AnnData with a layer of counts, entries of obsm, and raw with more variables."""
    anndata = pytest.importorskip("anndata")
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(0.5, 1.0, 6), (30, 6))
    names = pd.Index([f"c{n}" for n in range(30)])
    whole = anndata.AnnData(pd.DataFrame(np.log1p(counts), names, [f"g{n}" for n in range(6)]))
    data = whole[:, :4].copy()
    whole.X = csr_matrix(whole.X)
    data.raw = whole
    data.layers["counts"] = csr_matrix(counts[:, :4])
    data.obsm["pca"] = counts[:, :2] / 3
    data.obsm["adt"] = pd.DataFrame(counts[:, 3:] / 2, names, ["p1", "p2", "p3"])
    return data


MATRICES = {
    "layer": ({"layer": "counts"}, lambda data: data.to_df(layer="counts")),
    "raw": ({"use_raw": True}, lambda data: data.raw.to_adata().to_df()),
    "obsm with names": ({"obsm": "adt"}, lambda data: data.obsm["adt"]),
}


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", MATRICES)
def test_another_matrix_is_read_as_an_anndata_that_has_it_as_x(cells, name):
    from anndata import AnnData

    params, matrix = MATRICES[name]
    wanted = AnnData(matrix(cells))
    estimator = MultimodalVAE(**params, **QUICK).fit(cells)
    assert list(estimator.feature_names_in_) == list(wanted.var_names)
    out = estimator.impute(cells)
    if "obsm" not in params:
        alone = MultimodalVAE(**QUICK).fit(wanted)
        np.testing.assert_array_equal(
            out.obsm["X_mmcore"], alone.transform(wanted).obsm["X_mmcore"]
        )
    whole = out.to_df(layer="imputed") if name == "layer" else out.obsm["imputed"]
    np.testing.assert_array_equal(whole.to_numpy(), matrix(cells).to_numpy())
    columns = estimator.model_.config.modalities["X"].settings["fitted"]
    assert ({c["kind"] for c in columns} <= {"count", "zero-inflated"}) is (name == "layer")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_sparse_matrix_stays_sparse_until_its_missing_cells_are_filled(cells, monkeypatch):
    dense = csr_array.toarray

    def toarray(self, *args, **options):
        assert self.shape[0] < 30 or self.shape[1] < 4, "the whole matrix is made dense"
        return dense(self, *args, **options)

    monkeypatch.setattr(csr_array, "toarray", toarray)
    monkeypatch.setattr("mmcore.estimator.predictor.CHUNK", 16)
    monkeypatch.setattr("mmcore.runs.prediction.query.ROWS", 16)
    estimator = MultimodalVAE(layer="counts", batch_size=8, validation=None, **QUICK).fit(cells)
    assert np.isfinite(estimator.transform(cells).obsm["X_mmcore"]).all()
    tables = FORMS["anndata"].read(cells, MatrixChoice(layer="counts"))
    assert tables.opened["X"].table.sparse(list(cells.var_names)).dtype == np.uint8


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_mudata_has_a_choice_for_each_modality(cells):
    mudata = pytest.importorskip("mudata")
    other = cells[:20].copy()
    other.var_names = [f"x{n}" for n in range(4)]
    data = mudata.MuData({"rna": cells, "other": other})
    choices = {"layer": {"rna": "counts"}, "obsm": {"other": "pca"}}
    estimator = MultimodalVAE(**choices, **QUICK).fit(data)
    wanted = [f"rna.g{n}" for n in range(4)] + ["other.pca_1", "other.pca_2"]
    assert list(estimator.feature_names_in_) == wanted
    out = estimator.impute(data)
    assert out["rna"].to_df(layer="imputed").equals(cells.to_df(layer="counts").astype(float))
    np.testing.assert_array_equal(out["other"].obsm["imputed"], cells.obsm["pca"][:20])


def test_a_matrix_that_does_not_exist_is_refused(cells):
    for params, message in (
        ({"layer": "count"}, "no layer 'count', expected one of counts; did you mean 'counts'"),
        ({"obsm": "umap"}, "no obsm 'umap', expected one of"),
        ({"layer": "counts", "use_raw": True}, "two of layer, obsm and use_raw"),
    ):
        with pytest.raises(MmcoreError, match=message):
            MultimodalVAE(**params, **QUICK).fit(cells)
    del cells.raw
    with pytest.raises(MmcoreError, match="has no raw"):
        MultimodalVAE(use_raw=True, **QUICK).fit(cells)
    with pytest.raises(MmcoreError, match="of another type"):
        MultimodalVAE(layer="counts", **QUICK).fit(pd.DataFrame({"x": [1.0, 2.0, 4.0]}))


def test_a_table_that_no_modality_reads_is_named(tmp_path):
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(MmcoreError, match=r"no installed modality reads 'odd' \(\.xyz\)"):
        MultimodalVAE(**QUICK).fit({"odd": [tmp_path / "a.xyz"] * 3})
