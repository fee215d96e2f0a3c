"""Trainings on synthetic studies with more columns than rows: which diverge, and how well the others impute.

    uv run python benchmarks/divergence.py run after.json
    PYTHONPATH=../before uv run python benchmarks/divergence.py run before.json
    uv run python benchmarks/divergence.py table before.json after.json

Every study is drawn by (seed, number): 50 to 400 rows, two to four tables with 50 to 5,000 columns in total,
0 to 60 % of the records missing, heavy tails, single outlying rows and duplicated columns. All settings of
the training are defaults, except those of --set. `loss` is the lowest validation loss, in nats for each
row; `error` is the median absolute error of a table that is imputed from the others on test rows, divided by
that of the column medians: 1 is no better than the medians. `peak` is the largest validation loss over the
lowest. A training that raises an error has neither.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.errors import MmcoreError
from mmcore.noise import Noise
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training import job as jobs

FACTORS, CELLS = 4, 0.05


def drawn(number, seed):
    """Return the tables of a study, and its properties."""
    random = np.random.default_rng([seed, number])
    rows = int(np.exp(random.uniform(np.log(50), np.log(400))))
    columns = int(np.exp(random.uniform(np.log(max(50, rows)), np.log(5000))))
    tables, missing = int(random.integers(2, 5)), random.uniform(0, 0.6)
    tails, twins = (
        random.choice(["normal", "t2", "lognormal", "outlying rows"]),
        random.uniform(0, 0.6),
    )
    factors, frames = random.normal(size=(rows, FACTORS)), {}
    ids = pd.Index([f"p{n:04d}" for n in range(rows)], name="id")
    present = random.random((tables, rows)) >= missing
    present[random.integers(tables, size=rows), np.arange(rows)] = True
    for table in range(tables):
        own = max(3, round(columns / tables * (1 - twins)))
        cells = factors @ random.normal(size=(FACTORS, own)) / np.sqrt(FACTORS)
        cells = tailed(cells + random.normal(size=cells.shape), tails, random)
        copies = random.integers(own, size=max(0, columns // tables - own))
        cells = np.concatenate([cells, cells[:, copies]], axis=1)
        cells[random.random(cells.shape) < CELLS] = np.nan
        frames[f"t{table}"] = pd.DataFrame(cells, ids).add_prefix("c")[present[table]]
    width = sum(frame.shape[1] for frame in frames.values())
    facts = {"rows": rows, "columns": width, "tables": tables, "tails": str(tails)}
    return frames, {**facts, "missing": round(missing, 2), "duplicated": round(twins, 2)}


def tailed(cells, tails, random):
    if tails == "t2":
        return cells / np.sqrt(random.chisquare(2, cells.shape) / 2)
    if tails == "lognormal":
        return np.exp(1.5 * cells)
    if tails == "outlying rows":
        factor = np.where(random.random((len(cells), 1)) < 0.03, 30.0, 1.0)
        return cells * factor
    return cells


def trained(frames, folder, training, seed):
    """Train with the defaults and return what the table shows."""
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", float_format="%.6g")
    document = {
        "modalities": {name: {"kind": "table", "file": f"{name}.csv"} for name in frames},
        "training": {"trackers": [], "accelerator": "cpu", "precision": "32-true", **training},
        "seed": seed,
    }
    catalogue = Catalogue.discover()
    fit = fit_study(StudyConfig.model_validate(document), folder, catalogue)
    jobs.summarize = lambda *_: {}
    started, place = time.perf_counter(), RunFolder(folder / "run")
    try:
        run = jobs.run(fit.config, place, catalogue=catalogue, console=jobs.Console(quiet=True))
    except MmcoreError as error:
        return {**reported(place), "stopped": str(error)[:200]}
    losses = [row.get("validation/loss", np.nan) for row in reports(place)]
    finite = [loss for loss in losses if np.isfinite(loss)]
    return {
        **reported(place),
        "seconds": round(time.perf_counter() - started, 1),
        "loss": round(min(finite), 3),
        "peak": round(max(finite[1:] or finite) - min(finite), 1),
        "error": round(imputation_error(run.model, run.data()), 4),
    }


def reports(place):
    lines = place.metrics.read_text().splitlines() if place.metrics.exists() else []
    return [json.loads(line) for line in lines]


def reported(place):
    last = [{"step": 0}, *reports(place)][-1]
    return {"steps": last["step"], "skipped": last.get("skipped_steps", 0)}


def imputation_error(model, data):
    """Return the median over tables of the error relative to the column medians."""
    ratios = []
    test, train = (
        source.fetch(torch.arange(len(source)), Noise(len(source)))
        for source in (data.test, data.train)
    )
    for name in model.names:
        others = torch.stack([test.present[other] for other in model.names if other != name])
        rows = test.present[name] & others.any(0)
        if not rows.any():
            continue
        given = {other: test.values[other][rows] for other in model.names if other != name}
        present = {other: test.present[other][rows] for other in given}
        imputed = model.translate(given, (name,), present=present)[name]
        truth, center = test.values[name][rows], train.values[name][train.present[name]]
        known = ~truth.isnan()
        center = center.nanmedian(0).values.expand_as(truth)
        spread = (truth - center)[known].abs().median()
        ratios.append(float((truth - imputed)[known].abs().median() / spread))
    return statistics.median(ratios)


def run(options):
    training = dict(entry.split("=", 1) for entry in options.set)
    training = {name: yaml.safe_load(text) for name, text in training.items()}
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    out = {"seed": options.seed, "training": training, "versions": versions, "studies": []}
    first, last = options.studies
    for number in range(first, last):
        frames, facts = drawn(number, options.seed)
        with tempfile.TemporaryDirectory() as folder:
            result = trained(frames, Path(folder), training, options.training_seed)
        out["studies"].append({"study": number, **facts, **result})
        print(out["studies"][-1], flush=True)
        options.out.write_text(json.dumps(out, indent=1) + "\n")


def table(options):
    before, after = (
        json.loads(path.read_text())["studies"] for path in (options.before, options.after)
    )
    print("| study | rows | columns | tables | missing | tails | before | after |")
    print("| --- " * 8 + "|")
    for one, two in zip(before, after, strict=True):
        facts = " | ".join(
            str(one[key]) for key in ("study", "rows", "columns", "tables", "missing", "tails")
        )
        print(f"| {facts} | {cell(one)} | {cell(two)} |")
    both = [(a, b) for a, b in zip(before, after, strict=True) if "loss" in a and "loss" in b]
    for name, studies in (("before", before), ("after", after)):
        ended = sum("stopped" in study for study in studies)
        skipped = sum(study.get("skipped", 0) for study in studies)
        print(f"\n{name}: {ended} of {len(studies)} stopped, {skipped} steps skipped", end="")
    change = [b["loss"] - a["loss"] for a, b in both]
    errors = [b["error"] - a["error"] for a, b in both]
    print(
        f"\n\nmedian change of the loss {statistics.median(change):+.3f} nats, of the error"
        f" {statistics.median(errors):+.4f}; loss lower in {sum(c < 0 for c in change)}, equal in"
        f" {sum(c == 0 for c in change)}, higher in {sum(c > 0 for c in change)} of {len(both)}"
    )


def cell(study):
    if "stopped" in study:
        return f"**stopped** at {study['steps']}"
    return f"{study['loss']:.1f}, {study['error']:.3f}, {study['peak']:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("run")
    training.add_argument("out", type=Path)
    training.add_argument(
        "--studies", type=int, nargs=2, default=(0, 30), help="first, and after last"
    )
    training.add_argument("--seed", type=int, default=0, help="of the studies")
    training.add_argument("--training-seed", type=int, default=0)
    training.add_argument(
        "--set", action="append", default=[], help="training setting, as gradient_clip=1"
    )
    training.set_defaults(call=run)
    tables = commands.add_parser("table")
    tables.add_argument("before", type=Path)
    tables.add_argument("after", type=Path)
    tables.set_defaults(call=table)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()
