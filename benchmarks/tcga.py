"""Protein from gene expression and microRNA: our imputation beside the baselines that people use.

The protein of a fifth of the 150 training patients is hidden before anything is fitted, and every method
fills it in. Needs the TCGA data of examples/tcga.yaml.

    uv run python benchmarks/tcga.py DATA --seeds 3
    uv run python benchmarks/tcga.py DATA --seeds 1 --set beta=0.1 --set content_dim=24

Errors are of the 30 hidden patients, for each protein in its standard deviation among the visible ones,
then a mean over proteins. R2 is 1 for the truth and 0 for the column's mean.
"""

import argparse
import io
import json
import tempfile
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import yaml
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it makes the next line work
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.prediction import embed, impute
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.training.job import run
from mmcore.terminal.printing import Console

EXAMPLE = Path(__file__).parents[1] / "examples" / "tcga.yaml"
GIVEN, HIDDEN = ("mrna", "mirna"), "protein"
LEVEL = 0.9


def read(data, split, name):
    return pd.read_csv(data / "tcga-breast" / f"{split}_{name}.csv").set_index("sample")


def errors(guess, truth, visible):
    """Return the mean over proteins of the error, R2 and correlation."""
    scale, center = visible.std(), visible.mean()
    wrong = ((guess - truth) ** 2).mean()
    varied = guess.columns[guess.std() > 1e-9]
    return {
        "RMSE": float((wrong**0.5 / scale).mean()),
        "R2": float((1 - wrong / ((truth - center) ** 2).mean()).mean()),
        "correlation": float(guess[varied].corrwith(truth[varied]).mean()) if len(varied) else None,
    }


def baselines(given, protein, hidden, quick):
    """Yield the guesses of methods that see the same: all of the given, protein of the others."""
    table = pd.concat([given, protein.drop(hidden).reindex(given.index)], axis=1)
    scaled = (table - table.mean()) / table.std()
    methods = {
        "column mean": SimpleImputer(),
        "5 nearest neighbors": KNNImputer(n_neighbors=5),
        "15 nearest neighbors": KNNImputer(n_neighbors=15),
    }
    if not quick:
        # All 526 columns at once would take hours: each is regressed on the 50 that go with it most.
        methods["iterative"] = IterativeImputer(n_nearest_features=50, max_iter=10, random_state=0)
    for name, imputer in methods.items():
        filled = pd.DataFrame(imputer.fit_transform(scaled), table.index, table.columns)
        yield name, (filled * table.std() + table.mean()).loc[hidden, protein.columns]
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 5, 9)))
    seen = given.index.difference(hidden)
    ridge.fit(given.loc[seen], protein.loc[seen])
    yield (
        "ridge regression, made for this",
        pd.DataFrame(ridge.predict(given.loc[hidden]), hidden, protein.columns),
    )


def trained(data, folder, protein, hidden, choices, seed):
    """Train on the example's study with the protein of some patients hidden; return the run."""
    (folder / "tcga-breast").mkdir(parents=True)
    protein.drop(hidden).to_csv(folder / "tcga-breast" / "train_protein.csv")
    document = yaml.safe_load(EXAMPLE.read_text()) | {"seed": seed}
    if "drop" in choices:
        document["drop"] = choices["drop"]
    catalogue = Catalogue.discover()
    planned = fit_study(StudyConfig.model_validate(document), folder, catalogue, data)
    config = assemble({}, {n: v for n, v in choices.items() if n != "drop"}, planned.config)
    run(config, RunFolder(folder / "run"), catalogue=catalogue, console=Console(file=io.StringIO()))
    return folder / "run", planned.chosen


def ours(path, data, protein, hidden):
    imputed = impute(path, split="train", data_dir=data).set_index("sample").loc[hidden]

    def part(suffix):
        columns = [f"{HIDDEN}.{name}{suffix}" for name in protein.columns]
        return imputed[columns].set_axis(protein.columns, axis=1)

    truth = protein.loc[hidden]
    inside = (part("__low") <= truth) & (truth <= part("__high"))
    return part(""), float(inside.to_numpy().mean())


def subtypes(path, data, given, folder):
    """Return balanced and plain accuracy of the subtype of the test patients, who have no protein."""
    labels = {s: read(data, s, "subtype")["subtype"] for s in ("train", "test")}
    sides = {s: pd.concat([read(data, s, n) for n in GIVEN], axis=1) for s in labels}
    # The training patients without their protein too, so that both sides are given the same.
    files = {n: {"kind": "table", "file": f"tcga-breast/train_{n}.csv"} for n in GIVEN}
    (folder / "same.yaml").write_text(yaml.safe_dump({"id": "sample", "modalities": files}))
    train = embed(path, folder / "same.yaml", data_dir=data).set_index("sample")
    test = embed(path, split="test", data_dir=data).set_index("sample")
    means = [name for name in test if name.startswith("mean_")]
    pairs = {
        "joint embedding": (train[means].loc[labels["train"].index], test[means]),
        "raw mRNA + miRNA": (sides["train"], sides["test"]),
    }
    imputed = {}
    for name, (x, held) in pairs.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        guess = model.fit(x, labels["train"].loc[x.index]).predict(held)
        truth = labels["test"].loc[held.index]
        imputed[name] = {
            "accuracy": float((guess == truth).mean()),
            "balanced": float(balanced_accuracy_score(truth, guess)),
        }
    return imputed


def repeat(data, seed, choices, quick):
    given = pd.concat([read(data, "train", name) for name in GIVEN], axis=1)
    protein = read(data, "train", HIDDEN).loc[given.index]
    random = np.random.default_rng(seed)
    hidden = given.index[np.sort(random.choice(len(given), len(given) // 5, replace=False))]
    truth, visible = protein.loc[hidden], protein.drop(hidden)
    imputed = {}
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        path, chosen = trained(data, Path(folder), protein, hidden, choices, seed)
        seconds = perf_counter() - started
        guess, covered = ours(path, data, protein, hidden)
        last = json.loads((path / "metrics.jsonl").read_text().splitlines()[-1])
        imputed["mmcore"] = errors(guess, truth, visible) | {"coverage": covered}
        details = {"chosen": chosen, "seconds": round(seconds), "last step": last["step"]}
        details["subtypes"] = subtypes(path, data, given, Path(folder))
    if not choices:
        for name, guess in baselines(given, protein, hidden, quick):
            imputed[name] = errors(guess, truth, visible)
    return {"seed": seed, "choices": choices, "errors": imputed, **details}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], help="NAME=VALUE, as mmcore train")
    parser.add_argument("--quick", action="store_true", help="leave out iterative imputation")
    options = parser.parse_args()
    pairs = (text.partition("=")[::2] for text in options.set)
    choices = {name: yaml.safe_load(value) for name, value in pairs}
    warnings.simplefilter("ignore", ConvergenceWarning)
    for seed in range(options.first, options.first + options.seeds):
        print(json.dumps(repeat(options.data, seed, choices, options.quick)), flush=True)


if __name__ == "__main__":
    main()
