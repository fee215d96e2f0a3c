"""CPU seconds of impute, score and evaluate: whole commands, with the start of Python.

    uv run python benchmarks/answers.py
    uv run python benchmarks/answers.py --only impute

impute: 2,000 synthetic records of six tables with 649 columns, of the kinds of UCI Multiple Features: real
numbers, 216 counts and 240 integers from 0 to 6. Three tenths of the tables are missing. Also with
--posterior corrected. score: 500 synthetic records of six tables with 26,246 columns, see widths.py.
evaluate: the first command of the README on its sample, without and with trained classifiers in the cache.
Trainings are short, since the time of the answers does not depend on them. One thread is used.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from widths import WIDTHS, drawn, holed, written

KINDS = {"fou": 76, "fac": 216, "kar": 64, "pix": 240, "zer": 47, "mor": 6}
ROWS, MISSING = 2000, 0.3


def timed(folder, *arguments):
    """Run a command; print its CPU seconds, its wall time and its peak memory in GiB."""
    started = time.perf_counter()
    cache = {"XDG_CACHE_HOME": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    # Without bytecode, each start would compile all modules that it imports.
    variables = {n: value for n, value in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    with (folder / "output.txt").open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mmcore", *arguments],
            cwd=folder,
            env={**variables, **cache},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit((folder / "output.txt").read_text())
    numbers = usage.ru_utime, time.perf_counter() - started, usage.ru_maxrss / 2**20
    print("{:40} {:7.1f} s CPU {:7.1f} s {:6.2f} GiB".format(" ".join(arguments)[:40], *numbers))


def six_tables(random):
    """Return tables with shared factors, by name; three tenths of the records lack each."""
    factors, ids = (
        random.normal(size=(ROWS, 5)),
        pd.Index([f"p{n}" for n in range(ROWS)], name="id"),
    )
    tables = {}
    for name, width in KINDS.items():
        cells = (factors @ random.normal(size=(5, width)) + random.normal(size=(ROWS, width))) / 2
        if name == "fac":
            cells = random.poisson(np.exp(4 + cells / 2))
        if name == "pix":
            cells = (3 + 2 * cells).round().clip(0, 6).astype(int)
        tables[name] = pd.DataFrame(cells, ids).add_prefix(name)
    lacking = random.random((ROWS, len(tables))) < MISSING
    lacking[lacking.all(1), 0] = False
    return {n: frame[~lacking[:, k]] for k, (n, frame) in enumerate(tables.items())}, ids


def trained(folder, tables, labels):
    files = written(folder / "tables", tables, labels)
    timed(folder, "data", "init", *files, "--out", "study.yaml")
    timed(folder, "train", "--config", "study.yaml", "--steps", "20", "--out", "run")


def impute(folder):
    tables, ids = six_tables(np.random.default_rng(0))
    trained(folder, tables, pd.Series(np.arange(ROWS) % 10, ids, name="group").astype(str))
    timed(folder, "impute", "run", "--out", "completed.parquet")
    timed(folder, "impute", "run", "--out", "corrected.parquet", "--posterior", "corrected")


def score(folder):
    random = np.random.default_rng(0)
    tables, labels = drawn(500, list(map(int, WIDTHS.split(","))), random)
    trained(folder, holed(tables, random), labels)
    timed(folder, "score", "run", "--out", "scores.parquet")


def evaluate(folder):
    names = ("--modalities", "mnist,svhn,text", "--data", "sample")
    for number in (1, 2):
        timed(
            folder, "train", *names, "--steps", "20", "--out", f"run{number}", "--seed", f"{number}"
        )
        timed(folder, "evaluate", f"run{number}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"impute": impute, "score": score, "evaluate": evaluate}
    parser.add_argument("--only", choices=list(parts), help="one of the three")
    only = parser.parse_args().only
    for name, part in parts.items():
        if only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                part(Path(folder))


if __name__ == "__main__":
    main()
