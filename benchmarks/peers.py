"""The same question to mmcore and to other libraries: values of a table that some records lack.

    ENVIRONMENT/bin/python benchmarks/peers.py TASK METHOD --out peers.jsonl
    python benchmarks/peers.py table --out peers.jsonl

Each library is called as on the pages of docs/coming-from, in an environment that has it; the script needs
numpy, pandas and scikit-learn besides. A line of the file has the error and the CPU time of one seed.
"""

import argparse
import io
import json
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
FACTORS = 5


def cancer(seed: int) -> tuple[Tables, pd.DataFrame]:
    """Return two tables of the breast cancer data; 150 of 569 patients lack ``worst``, which is returned."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True).data
    worst = data.filter(regex="^worst")
    lacking = np.random.default_rng(seed).choice(data.index, 150, replace=False)
    tables = {"mean": data.filter(regex="^mean"), "worst": worst.drop(lacking)}
    return tables, worst.loc[np.sort(lacking)]


def cells(seed: int) -> tuple[Tables, pd.DataFrame]:
    """Return synthetic counts of 600 cells of 4 types; a third lacks the proteins, which are returned."""
    random = np.random.default_rng(seed)
    kind, size = random.integers(0, 4, 600), random.lognormal(0, 0.3, 600)
    program = random.normal(size=(600, 2))
    genes = _counts(random, kind, program, 60, 0.5) * size[:, None]
    proteins = _counts(random, kind, program, 12, 2.5)
    names = [f"cell{n}" for n in range(600)]
    tables = {
        "rna": pd.DataFrame(random.poisson(genes), names).add_prefix("gene"),
        "protein": pd.DataFrame(random.poisson(proteins), names).add_prefix("protein"),
    }
    truth = tables["protein"].iloc[400:]
    return {**tables, "protein": tables["protein"].iloc[:400]}, truth


def _counts(
    random: np.random.Generator, kind: np.ndarray, program: np.ndarray, columns: int, level: float
) -> np.ndarray:
    """Return gamma-distributed rates, so that their counts are negative binomial."""
    logs = level + random.normal(0, 0.8, (4, columns))[kind]
    rates = np.exp(logs + program @ random.normal(0, 0.4, (2, columns)))
    return random.gamma(5, rates / 5)


def rows_of(tables: Tables) -> Tables:
    """Return the tables with all rows, NaN where a record lacks a table."""
    index = next(iter(tables.values())).index
    return {name: table.reindex(index) for name, table in tables.items()}


def standardized(tables: Tables) -> Tables:
    return {name: (t - t.mean()) / t.std() for name, t in rows_of(tables).items()}


def mmcore(tables: Tables, seed: int, method: str) -> pd.DataFrame:
    from mmcore import MultimodalVAE

    return (
        MultimodalVAE(method=method, random_state=seed).fit(tables).impute(tables)[list(tables)[1]]
    )


def column_mean(tables: Tables, seed: int) -> pd.DataFrame:
    second = rows_of(tables)[list(tables)[1]]
    return second.fillna(second.mean())


def sklearn(tables: Tables, seed: int, name: str) -> pd.DataFrame:
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer

    imputers = {"KNNImputer": KNNImputer(), "IterativeImputer": IterativeImputer(random_state=seed)}
    wide = pd.concat(standardized(tables), axis=1)
    filled = pd.DataFrame(imputers[name].fit_transform(wide), wide.index, wide.columns)
    second = list(tables)[1]
    return filled[second] * tables[second].std() + tables[second].mean()


def mofa(tables: Tables, seed: int) -> pd.DataFrame:
    from mofapy2.run.entry_point import entry_point

    first, second = standardized(tables).values()
    with redirect_stdout(io.StringIO()):
        model = entry_point()
        model.set_data_options(scale_views=False)
        model.set_data_matrix([[first.to_numpy()], [second.to_numpy()]])
        model.set_model_options(factors=FACTORS)
        model.set_train_options(seed=seed)
        model.build()
        model.run()
        model.impute(mask_outliers=False)
    filled = pd.DataFrame(model.imputed_data["mean"][1], second.index, second.columns)
    observed = tables[list(tables)[1]]
    return filled * observed.std() + observed.mean()


def mofaflex(tables: Tables, seed: int) -> pd.DataFrame:
    from anndata import AnnData
    from mofaflex import MOFAFLEX, DataOptions, ModelOptions, TrainingOptions
    from mudata import MuData

    named = {name: table.rename(str) for name, table in standardized(tables).items()}
    data = MuData({name: AnnData(table.dropna(how="all")) for name, table in named.items()})
    model = MOFAFLEX(
        data,
        DataOptions(scale_per_group=False, plot_data_overview=False),
        ModelOptions(n_factors=FACTORS),
        TrainingOptions(device="cpu", lr=0.01, seed=seed, save_path=False),
    )
    second = list(tables)[1]
    weights, factors = model.get_weights()[second], next(iter(model.get_factors().values()))
    weights = weights if weights.shape[0] == factors.shape[1] else weights.T
    filled = (factors @ weights.to_numpy()).set_axis(weights.columns, axis=1)
    filled = filled.reindex(named[second].index)[tables[second].columns]
    return (filled * tables[second].std() + tables[second].mean()).set_axis(
        rows_of(tables)[second].index
    )


def multivae(tables: Tables, seed: int) -> pd.DataFrame:
    import torch
    from multivae.data.datasets import IncompleteDataset
    from multivae.models import MoPoE, MoPoEConfig
    from multivae.trainers import BaseTrainer, BaseTrainerConfig

    scaled = standardized(tables)
    first, second = scaled
    values = {
        n: torch.tensor(t.fillna(0).to_numpy(), dtype=torch.float32) for n, t in scaled.items()
    }
    masks = {n: torch.tensor(t.notna().all(axis=1).to_numpy()) for n, t in scaled.items()}
    data = IncompleteDataset(values, masks)
    sizes = {n: (t.shape[1],) for n, t in scaled.items()}
    model = MoPoE(MoPoEConfig(n_modalities=2, latent_dim=FACTORS, input_dims=sizes))
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=222,
            per_device_train_batch_size=64,
            learning_rate=1e-3,
            seed=seed,
        )
        BaseTrainer(model, data, training_config=config).train()
    guess = model.predict(data[:], cond_mod=first, gen_mod=second)[second].detach().numpy()
    return (
        pd.DataFrame(guess, scaled[second].index, scaled[second].columns) * tables[second].std()
        + tables[second].mean()
    )


def totalvi(tables: Tables, seed: int) -> pd.DataFrame:
    import scvi
    from anndata import AnnData
    from mudata import MuData

    scvi.settings.seed = seed
    filled = {name: t.fillna(0).astype(np.float32) for name, t in rows_of(tables).items()}
    data = MuData({name: AnnData(table) for name, table in filled.items()})
    with_protein = filled["rna"].index.isin(tables["protein"].index)
    data.obs["batch"] = np.where(with_protein, "both", "rna only")
    scvi.model.TOTALVI.setup_mudata(
        data, batch_key="batch", modalities={"rna_layer": "rna", "protein_layer": "protein"}
    )
    model = scvi.model.TOTALVI(data, n_latent=FACTORS)
    model.train(accelerator="cpu")
    _, protein = model.get_normalized_expression(
        transform_batch="both", n_samples=25, return_mean=True, include_protein_background=True
    )
    return protein


METHODS: dict[str, tuple[str, Callable[[Tables, int], pd.DataFrame]]] = {
    "mmcore-mmjsd": ("mmcore", lambda tables, seed: mmcore(tables, seed, "mmjsd")),
    "mmcore-factors": ("mmcore", lambda tables, seed: mmcore(tables, seed, "factors")),
    "column-mean": ("pandas", column_mean),
    "knn": ("scikit-learn", lambda tables, seed: sklearn(tables, seed, "KNNImputer")),
    "iterative": ("scikit-learn", lambda tables, seed: sklearn(tables, seed, "IterativeImputer")),
    "mofa": ("mofapy2", mofa),
    "mofaflex": ("mofaflex", mofaflex),
    "multivae": ("multivae", multivae),
    "totalvi": ("scvi-tools", totalvi),
}
TASKS = {"cancer": cancer, "cells": cells}


def measured(task: str, method: str, seed: int) -> dict[str, object]:
    """Return the error of the values that records lack, in standard deviations of the observed ones."""
    tables, truth = TASKS[task](seed)
    package, fill = METHODS[method]
    start = process_time()
    guess = fill(tables, seed).loc[truth.index, truth.columns]
    seconds = process_time() - start
    observed = tables[list(tables)[1]]
    if task == "cells":
        guess, truth, observed = (np.log1p(t.clip(lower=0)) for t in (guess, truth, observed))
    errors = (((guess - truth) / observed.std()) ** 2).mean() ** 0.5
    return {
        "task": task,
        "method": method,
        "version": f"{package} {_version(package)}",
        "seed": seed,
        "error": float(errors.mean()),
        "seconds": seconds,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def show(file: Path) -> None:
    """Print a table for each task: mean and range of the error over seeds, mean CPU seconds."""
    results = pd.read_json(file, lines=True)
    for task, rows in results.groupby("task"):
        print(f"\n{task}\n\n| method | version | seeds | error: mean (range) | CPU seconds |")
        print("| --- | --- | --- | --- | --- |")
        for (method, package), own in rows.groupby(["method", "version"], sort=False):
            error = own["error"]
            print(
                f"| {method} | {package} | {len(own)} | {error.mean():.3f} ({error.min():.3f} to"
                f" {error.max():.3f}) | {own['seconds'].mean():.0f} |"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=[*TASKS, "table"])
    parser.add_argument("method", choices=[*METHODS], nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    if chosen.task == "table":
        show(chosen.out)
    else:
        for seed in range(chosen.seeds):
            line = json.dumps(measured(chosen.task, chosen.method, seed))
            print(line)
            with chosen.out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
