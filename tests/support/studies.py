"""The files and the runs that pages name: tables of patients, study files, ``runs/RUN``."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from mmcore.cli.app import app

__all__ = ["write_tables", "write_work_folder"]

ROOT = Path(__file__).parents[2]
PATIENTS = 60
COLUMNS = {
    "mrna": [f"gene{n}" for n in range(8)],
    "mirna": [f"mir{n}" for n in range(6)],
    "protein": ["p53", "her2", "akt", "erk"],
}


def write_tables(folder: Path) -> None:
    """Write mrna.csv, mirna.csv, protein.csv and subtype.csv of synthetic patients, with holes."""
    random = np.random.default_rng(0)
    ids = pd.Index([f"P{n:03d}" for n in range(PATIENTS)], name="patient")
    factors = random.normal(size=(PATIENTS, 2))
    for name, columns in COLUMNS.items():
        values = factors @ random.normal(size=(2, len(columns)))
        values = (values + 0.3 * random.normal(size=values.shape)).round(3)
        table = pd.DataFrame(values, ids, columns)
        table = table.mask(random.random(table.shape) < 0.05)
        table[random.random(PATIENTS) > 0.15].to_csv(folder / f"{name}.csv")
    subtype = np.where(factors[:, 0] > 0, "luminal", "basal")
    pd.DataFrame({"subtype": subtype}, ids).to_csv(folder / "subtype.csv")


def write_work_folder(folder: Path) -> Path:
    """Write what the pages name, and return the folder: examples, tables, studies and runs."""
    write_tables(folder)
    for name in ("examples", "benchmarks", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("_build"))
    study = folder / "study.yaml"
    mmcore("data", "init", *(folder / f"{n}.csv" for n in [*COLUMNS, "subtype"]), "--out", study)
    shutil.copy(study, folder / "new.yaml")
    run = folder / "runs" / "RUN"
    mmcore("train", "--config", study, "--steps", 20, "--out", run)
    mmcore("evaluate", run, "--metrics", "representation,information")
    for name in ("ONE", "OTHER"):
        shutil.copytree(run, folder / "runs" / name)
    shutil.copytree(run, folder / "RUN")
    digits = ROOT / "models" / "mmcore_models" / "digits"
    shutil.copytree(digits, folder / "runs" / "mnist-svhn-text-mmjsd-1")
    return folder


def mmcore(*arguments: object) -> None:
    """Carry out a command that must succeed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (arguments, result.output, result.exception)
