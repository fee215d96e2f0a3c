"""Write a synthetic study of single cells as .h5mu, train a model briefly, and impute proteins.

uv run python examples/mudata_study.py

All cells are random numbers. A fifth of them lacks the proteins and a tenth the transcripts, as in
experiments that measure only some cells with both.
"""

import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy.sparse import csr_matrix

from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.runs.prediction import impute
from mmcore.runs.training.job import run

CELLS, GENES, PROTEINS = 120, 30, 5
STUDY = """\
modalities:
  rna: {kind: table, file: cells.h5mu, modality: rna, layer: counts}
  protein: {kind: table, file: cells.h5mu, modality: protein}
labels: {file: cells.h5mu, column: type}
split: {by: donor, test: 0.25}
training: {steps: 30, precision: 32-true, accelerator: cpu}
"""


def write_study(folder: Path) -> Path:
    """Write cells.h5mu and study.yaml, and return the path of the study file."""
    random = np.random.default_rng(0)
    names = pd.Index([f"cell{n}" for n in range(CELLS)])
    kind = random.integers(0, 2, CELLS)
    rates = np.exp(random.normal(size=(2, GENES)))[kind]
    counts = csr_matrix(random.poisson(rates).astype(np.float32))
    levels = random.normal(size=(2, PROTEINS))[kind] + 0.3 * random.normal(size=(CELLS, PROTEINS))
    rna = AnnData(counts, pd.DataFrame(index=names), layers={"counts": counts})
    rna.X = counts.log1p()
    protein = AnnData(levels, pd.DataFrame(index=names))
    rna.var_names = [f"gene{n}" for n in range(GENES)]
    protein.var_names = [f"protein{n}" for n in range(PROTEINS)]
    cells = MuData({"rna": rna[: CELLS * 9 // 10].copy(), "protein": protein[CELLS // 5 :].copy()})
    cells.obs["type"] = pd.Series(np.array(["B", "T"])[kind], names)
    cells.obs["donor"] = pd.Series([f"donor{n % 8}" for n in range(CELLS)], names)
    cells.write_h5mu(folder / "cells.h5mu")
    (folder / "study.yaml").write_text(STUDY)
    return folder / "study.yaml"


with tempfile.TemporaryDirectory() as folder:
    os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
    # anndata 0.12 does not write the strings of pandas 3.
    with (
        warnings.catch_warnings(action="ignore"),
        pd.option_context("future.infer_string", False),
    ):
        study_file = write_study(Path(folder))
    study, catalogue = read_config_or_study(study_file), Catalogue.discover()
    fit = fit_study(study, study_file.parent, catalogue)
    run(fit.config, RunFolder(Path(folder) / "run"), catalogue=catalogue)
    filled = impute(Path(folder) / "run", catalogue=catalogue)
    print(f"{len(filled)} synthetic cells, each with genes and proteins, {fit.chosen}")
    print(filled.filter(regex=r"^id$|protein\.protein\d$").head().to_string(index=False))
