"""Write a synthetic medical study, train a model briefly, and generate reports from radiographs.

uv run python examples/medical_study.py

All data is random and of no person. `python -m mmcore_medical.synthetic FOLDER` writes the same files to
a folder, for `mmcore data check` and `mmcore train --config FOLDER/study.yaml`.
"""

import os
import tempfile
from pathlib import Path

import torch
from mmcore_medical.synthetic import write_study

from mmcore import Noise
from mmcore.config import DataConfig
from mmcore.data import open_data
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder, read_config_or_study
from mmcore.runs.training.job import run

with tempfile.TemporaryDirectory() as folder:
    os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
    study_file = write_study(Path(folder) / "study")
    study, catalogue = read_config_or_study(study_file), Catalogue.discover()
    study = study.model_copy(update={"training": {"steps": 150}})
    fit = fit_study(study, study_file.parent, catalogue)
    print(f"chosen {fit.chosen}")
    model = run(fit.config, RunFolder(Path(folder) / "run"), catalogue=catalogue).model
    only_xray = study.model_copy(update={"modalities": {"xray": study.modalities["xray"]}})
    new = DataConfig(study=only_xray.data(str(study_file.parent)))
    data = open_data(new, model.config.modalities, catalogue, new=True)
    records = data.splits["new"]
    pictures = records.fetch(torch.arange(5), Noise(5)).values["xray"]
    symbols = model.translate({"xray": pictures}, ("report",))["report"]
    for visit, text in zip(
        records.ids, data.readers["report"].write(symbols)["text"], strict=False
    ):
        print(f"synthetic visit {visit}: {text}")
