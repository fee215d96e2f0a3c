"""Tables from 6 to 20,000 columns in one study, with nothing chosen by hand: synthetic data, every command.

    uv run python benchmarks/widths.py --ridge
    uv run python benchmarks/widths.py --rows 150 --widths 6,40,200

Every table of the synthetic study shows the same few factors and some of its own; half of each column is
noise. One cell in ten is missing, and each table for one patient in five. After the training each table of
new patients is decoded at the mean of the content given all others, and the first one is filled in by the
command too. R2 is 1 for the truth, 0 for the column's mean, and SHARED for a predictor with
access to the shared factors.
`nats` is what the table adds to the others in the joint posterior. --ridge sets a ridge regression from the
other tables beside it, holes in which are the columns' means.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from sklearn.linear_model import RidgeCV

from mmcore.batch import Batch
from mmcore.inference.prediction.predictive import most_likely
from mmcore.model import Model

WIDTHS = "6,40,200,1000,5000,20000"
FACTORS, OWN, SHARED = 5, 3, 0.4
NEW = 100
MISSING_CELLS, MISSING_TABLES = 0.1, 0.2


def drawn(rows, widths, random):
    """Return complete synthetic tables: shares SHARED of shared factors, .1 of own ones, and of noise."""
    factors = random.normal(size=(rows, FACTORS))
    tables = {}
    for width in widths:
        shared = factors @ random.normal(size=(FACTORS, width)) * np.sqrt(SHARED / FACTORS)
        own = (
            random.normal(size=(rows, OWN)) @ random.normal(size=(OWN, width)) * np.sqrt(0.1 / OWN)
        )
        cells = shared + own + random.normal(size=(rows, width)) * np.sqrt(0.9 - SHARED)
        scale, center = 10 ** random.uniform(-2, 3, width), 10 ** random.uniform(0, 3, width)
        ids = pd.Index([f"p{n:05d}" for n in range(rows)], name="id")
        tables[f"w{width}"] = pd.DataFrame(cells * scale + center, ids).add_prefix("c")
    return tables, pd.Series(np.where(factors[:, 0] > 0, "high", "low"), ids, name="group")


def holed(tables, random):
    return {
        name: frame.mask(random.random(frame.shape) < MISSING_CELLS)[
            random.random(len(frame)) >= MISSING_TABLES
        ]
        for name, frame in tables.items()
    }


def written(folder, tables, labels):
    folder.mkdir()
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", float_format="%.6g")
    labels.to_csv(folder / "labels.csv")
    return [str(folder / f"{name}.csv") for name in (*tables, "labels")]


def command(folder, *arguments):
    """Run a command and return what it said; print its seconds and its peak memory in GiB."""
    started = time.perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"}
    with (folder / "said.txt").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mmcore", *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        log.seek(0)
        text = log.read()
    if status:
        raise SystemExit(f"mmcore {' '.join(arguments)}\n{text}")
    seconds, label = time.perf_counter() - started, " ".join(arguments[:2])
    busy = usage.ru_utime + usage.ru_stime
    print(
        f"{label:15} {seconds:6.1f} s, {busy:6.1f} s of processors, {usage.ru_maxrss / 2**20:5.2f} GiB",
        flush=True,
    )
    return text


def ridge(seen, tables, name):
    """Return the R2 of a ridge regression of a table's first 1,000 columns on all others."""
    known, wanted = seen[name].index, list(tables[name])[:1000]
    center, scale = seen[name][wanted].mean(), seen[name][wanted].std()
    sides = []
    for rows, of in ((known, seen), (tables[name].index, tables)):
        parts = [
            ((of[n].reindex(rows) - seen[n].mean()) / seen[n].std()).fillna(0)
            for n in tables
            if n != name
        ]
        sides.append(pd.concat(parts, axis=1).to_numpy(np.float32))
    model = RidgeCV(np.logspace(1, 6, 11)).fit(
        sides[0], ((seen[name][wanted] - center) / scale).fillna(0)
    )
    guess = model.predict(sides[1]) * scale.to_numpy() + center.to_numpy()
    return r2(guess, tables[name][wanted], seen[name][wanted])


def r2(guess, truth, seen):
    wrong, varied = (guess - truth) ** 2, (truth - seen.mean()) ** 2
    return float((1 - wrong.mean() / varied.mean()).mean())


def filled(model, tables, name):
    """Return a table decoded at the mean of the content given all others."""
    given = {n: torch.tensor(f.to_numpy(np.float32)) for n, f in tables.items() if n != name}
    return most_likely(model, model.codec.encode(Batch.of(given, None)), name).double().numpy()


def measured(folder, rows, widths, seed, ridges):
    random = np.random.default_rng(seed)
    tables, labels = drawn(rows + NEW, widths, random)
    old, new = ({n: f[:rows] for n, f in tables.items()}, {n: f[rows:] for n, f in tables.items()})
    seen = holed(old, random)
    files = written(folder / "old", seen, labels[:rows])
    written(folder / "new", {n: f for n, f in new.items() if n != f"w{widths[0]}"}, labels[rows:])
    command(folder, "data", "init", *files, "--out", "study.yaml")
    command(folder, "data", "check", "study.yaml")
    print(command(folder, "train", "--config", "study.yaml", "--out", "run", "--seed", str(seed)))
    print(command(folder, "evaluate", "run"))
    command(folder, "score", "run", "--out", "scores.parquet")
    command(folder, "embed", "run", "--out", "latent.parquet")
    latent = pd.read_parquet(folder / "latent.parquet")
    assert np.isfinite(latent.filter(regex="mean_|sd_").to_numpy(float)).all()
    model = Model.from_pretrained(folder / "run" / "model")
    for name, truth in new.items():
        label = {"table": name, "R2": r2(filled(model, new, name), truth, seen[name])}
        if ridges:
            label["ridge"] = ridge(seen, new, name)
        label["nats"] = float(latent[f"nats.{name}"].mean())
        print(json.dumps(label), flush=True)
    ask = {n: {"kind": "table", "file": f"new/{n}.csv"} for n in list(new)[1:]}
    (folder / "new.yaml").write_text(yaml.safe_dump({"modalities": ask}))
    command(folder, "impute", "run", "--out", "own.parquet")
    command(folder, "impute", "run", "--data", "new.yaml", "--out", "completed.parquet")
    first = f"w{widths[0]}"
    wanted = [f"{first}.{c}" for c in new[first]]
    completed = pd.read_parquet(folder / "completed.parquet", columns=["id", *wanted])
    guess = completed.set_index("id").loc[new[first].index, wanted].to_numpy()
    print(json.dumps({"imputed": first, "R2": r2(guess, new[first], seen[first])}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--widths", default=WIDTHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ridge", action="store_true", help="the regressions too, which take long")
    options = parser.parse_args()
    widths = [int(width) for width in options.widths.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        measured(Path(folder), options.rows, widths, options.seed, options.ridge)


if __name__ == "__main__":
    main()
