"""Run as a program: write the folder of a tiny finished run, in today's format, to the folder that is named.

``python tests/runs/formats/make.py tests/runs/formats/2`` makes the fixture of format 2. A fixture is made
once for each format, with the code of that time, and never again.
"""

import json
import shutil
import sys
from pathlib import Path

from mmcore.config import (
    DataConfig,
    ModalityConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    ValidationConfig,
)
from mmcore.config.evaluation import EvaluationSettings
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run
from mmcore.storage.manifest import MANIFEST, Manifest, hashes
from mmcore.testing import catalogue_of
from mmcore.testing.catalogues import VECTORS

NOT_NEEDED = ("tensorboard", "figures", "report.html", ".lock")


def config() -> RunConfig:
    """Return the configuration of the fixtures."""
    modalities = {name: ModalityConfig(kind=f"vector-{name}") for name in ("a", "b")}
    return RunConfig(
        model=ModelConfig(modalities=modalities, content_dim=2, style_dim=1),
        data=DataConfig(mode="sample", pairings=1),
        training=TrainingConfig(
            steps=6,
            batch_size=16,
            precision="32-true",
            accelerator="cpu",
            log_every=2,
            checkpoint_every=2,
            trackers=(),
            validation=ValidationConfig(share=0.2, every=2, patience=9),
        ),
    )


def make(folder: Path) -> None:
    """Train and evaluate, and remove what names the machine and what no version reads."""
    catalogue = catalogue_of(*VECTORS)
    run(config(), RunFolder(folder), catalogue=catalogue)
    settings = EvaluationSettings(rows=50, options={"representation": {"probe_rows": 500}})
    evaluate(folder, settings, ["representation"], catalogue=catalogue)
    record = folder / "run.json"
    document = json.loads(record.read_text(encoding="utf-8"))
    document["host"] = {**dict.fromkeys(document["host"], "none"), "cores": 2}
    record.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for name in NOT_NEEDED:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    manifest = Manifest.read(folder / MANIFEST)
    assert manifest is not None, "the run has just written it"
    remaining = [name for name in manifest.files if (folder / name).is_file()]
    Manifest(files=hashes(folder, remaining)).write(folder / MANIFEST)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
