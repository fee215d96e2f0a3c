"""A run of examples/breast_cancer.yaml: imputation and discrimination for every subset, beside baselines.

    uv run mmcore train --config examples/breast_cancer.yaml --out RUN
    uv run python benchmarks/breast_cancer.py RUN

Test patients keep the modalities of a subset; the others are filled in by the run and by methods fitted on
the same training patients, of whom the example hides a third of the modalities. Errors are root mean squares
in a column's standard deviation, then a mean over columns. The diagnosis is predicted by a logistic
regression on the joint embedding and by one on the raw
columns, each fitted on all training patients with the subset alone.
"""

import argparse
import json
import tempfile
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes the next line work
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmcore import Noise
from mmcore.data import open_data
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import embed, impute
from mmcore.runs.run import Run

IMPUTERS = {
    "column mean": SimpleImputer,
    "5 nearest neighbors": lambda: KNNImputer(n_neighbors=5),
    "15 nearest neighbors": lambda: KNNImputer(n_neighbors=15),
    "iterative": lambda: IterativeImputer(max_iter=50, random_state=0),
}


def tables(source, ids, readers):
    """Return every modality of a source as a table; rows that lack it are empty."""
    batch = source.fetch(torch.arange(len(source)), Noise(len(source)))
    views = {}
    for name, reader in readers.items():
        frame = pd.DataFrame(reader.write(batch.values[name]), pd.Index(ids, name="id"))
        views[name] = frame[batch.present[name].numpy()].reindex(frame.index)
    return views


def study_of(folder, side, subset):
    """Write a study of the records of some modalities alone."""
    for name in subset:
        side[name].to_csv(folder / f"{name}.csv")
    files = {name: {"kind": "table", "file": f"{name}.csv"} for name in subset}
    (folder / "subset.yaml").write_text(yaml.safe_dump({"modalities": files}))
    return folder / "subset.yaml"


def error(guess, truth, train):
    return float((((guess - truth) ** 2).mean() ** 0.5 / train.std()).mean())


def imputed(run, folder, train, test, subset):
    """Yield the error of every method for every modality that is not in the subset."""
    ours = impute(run, study_of(folder, test, subset)).set_index("id")
    wide = pd.concat(train, axis=1)
    center, scale = wide.mean(), wide.std()
    given = pd.concat({n: test[n] if n in subset else test[n] * np.nan for n in test}, axis=1)
    for name in [name for name in test if name not in subset]:
        own = ours[[f"{name}.{c}" for c in test[name]]].set_axis(test[name].columns, axis=1)
        scores = {"mmcore": error(own, test[name], train[name])}
        for method, make in IMPUTERS.items():
            fitted = make().fit(((wide - center) / scale).to_numpy())
            filled = fitted.transform(((given - center) / scale).to_numpy()) * scale.to_numpy()
            guess = pd.DataFrame(filled + center.to_numpy(), given.index, wide.columns)
            scores[method] = error(guess[name], test[name], train[name])
        yield {"given": "+".join(subset), "filled": name, "RMSE": scores}


def told_apart(run, folder, train, test, labels, subset):
    """Return the accuracy of the diagnosis by the embedding and by the raw columns of the subset."""
    scores = {}
    sides = [
        embed(run, study_of(folder, side, subset)).set_index("id").filter(like="mean_")
        for side in (train, test)
    ]
    raw = [pd.concat([side[name] for name in subset], axis=1) for side in (train, test)]
    for name, (x, held) in {"joint embedding": sides, "raw columns": raw}.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        model.fit(x, labels[x.index])
        scores[name] = float((model.predict(held) == labels[held.index]).mean())
    return {"given": "+".join(subset), "accuracy": scores}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    warnings.simplefilter("ignore", ConvergenceWarning)
    catalogue = Catalogue.discover()
    config = Run.open(run, catalogue).config
    data = open_data(config.data, config.model.modalities, catalogue, config.seed)
    labels = pd.concat(
        pd.Series(side.labels.numpy(), pd.Index(side.ids)) for side in (data.train, data.test)
    )
    holed = tables(data.training_source, data.train.ids, data.readers)
    whole, test = (tables(side, side.ids, data.readers) for side in (data.train, data.test))
    subsets = [s for k in range(1, len(test) + 1) for s in combinations(test, k)]
    with tempfile.TemporaryDirectory() as folder:
        for subset in subsets:
            for row in imputed(run, Path(folder), holed, test, subset):
                print(json.dumps(row), flush=True)
            print(
                json.dumps(told_apart(run, Path(folder), whole, test, labels, subset)), flush=True
            )


if __name__ == "__main__":
    main()
