"""A finished run, not trained, on a study of a table with holes, pictures and texts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.data.tables import fit_study
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.storage.schemas import write_document

__all__ = ["ROWS", "Mixed", "mixed_run", "untrained_run"]

ROWS, SIDE = 24, 8
WORDS = ("calm", "mild", "acute")
MODALITIES = {
    "blood": {"kind": "table", "file": "blood.csv", "parse": {"day": "%d.%m.%Y"}},
    "scan": {"kind": "image", "file": "scan.csv", "height": SIDE, "width": SIDE},
    "note": {"kind": "characters", "file": "note.csv"},
}


@dataclass(frozen=True)
class Mixed:
    """The run, and the rows of its study.

    Arguments:
        run: folder of the run.
        folder: of the study.
        blood: cells, indexed by id, NaN or None where missing.
        pictures: by id, (SIDE, SIDE) bytes.
        notes: by id.
    """

    run: Path
    folder: Path
    blood: pd.DataFrame
    pictures: dict
    notes: dict

    def new(self, ids, *names) -> Path:
        """Write a study of some of the records as new ones, and return its file."""
        modalities = {name: {"kind": MODALITIES[name]["kind"]} for name in names}
        for name in names:
            frame = pd.read_csv(self.folder / f"{name}.csv", dtype=str)
            frame[frame["id"].isin(ids)].to_csv(self.folder / f"new_{name}.csv", index=False)
            modalities[name]["file"] = f"new_{name}.csv"
        file = self.folder / "new.yaml"
        file.write_text(yaml.safe_dump({"modalities": modalities}))
        return file


def mixed_run(folder: Path) -> Mixed:
    """Write the study and the run to ``folder``."""
    draw = np.random.default_rng(0)
    ids = [f"p{row:02d}" for row in range(ROWS)]
    blood = pd.DataFrame(
        {
            "age": draw.normal(60, 9, ROWS).round(3),
            "visits": draw.poisson(30, ROWS).astype(float),
            "sex": draw.choice(["female", "male"], ROWS),
            "day": [f"{1 + row:02d}.03.2021" for row in range(ROWS)],
        },
        pd.Index(ids, name="id"),
    )
    blood.loc["p00", "age"] = blood.loc["p01", "visits"] = np.nan
    blood.loc["p02", ["sex", "day"]] = None
    pictures = {key: draw.integers(0, 256, (SIDE, SIDE)).astype(np.uint8) for key in ids[4:]}
    notes = {key: str(draw.choice(WORDS)) for key in ids[:-4]}
    blood.to_csv(folder / "blood.csv")
    for key, picture in pictures.items():
        Image.fromarray(picture).save(folder / f"{key}.png")
    files = pd.DataFrame({"id": list(pictures), "path": [f"{key}.png" for key in pictures]})
    files.to_csv(folder / "scan.csv", index=False)
    texts = pd.DataFrame({"id": list(notes), "text": list(notes.values())})
    texts.to_csv(folder / "note.csv", index=False)
    document = {"modalities": MODALITIES, "model": {"content_dim": 3, "style_dim": 2}}
    run = untrained_run(document, folder, folder / "run")
    return Mixed(run, folder, blood, pictures, notes)


def untrained_run(study: dict, base: Path, folder: Path) -> Path:
    """Write a finished run, whose model is as it began, on a study to ``folder``."""
    catalogue = Catalogue.discover()
    config = fit_study(StudyConfig.model_validate(study), base, catalogue).config
    files = RunFolder(folder)
    files.begin(config)
    model = Model.from_config(config.model, seed=1, catalogue=catalogue).eval()
    model.save_pretrained(files.model)
    data = open_data(config.data, config.model.modalities, catalogue, config.seed)
    record = {"data": data.kind, "data_root": None, "data_items": data.items}
    write_document(files.record, record)
    return folder
