"""Copy a finished run into this package, with weights in half precision and without names of a machine.

python models/package.py RUN NAME --command "mmcore train ..." --budget "..." --licence "..."
"""

import argparse
import json
from pathlib import Path

from mmcore.runs.folder.files import RunFolder
from mmcore.runs.run import Run

PACKAGE = Path("models/mmcore_models")
"""Relative, so that no file has the name of a folder of this machine."""
MOST_BYTES = 2_000_000


def packaged(source: Path, name: str, how: dict[str, str]) -> Path:
    """Return the folder of the package that has the run.

    Arguments:
        source: folder of a finished run.
        name: of the folder.
        how: entries of ``card.json`` beside those of the run: the command, what the training took, and the
            licence of the data.
    """
    run, target = Run.open(source), RunFolder(PACKAGE / name)
    record, summary = dict(run.record), run.summary
    config = run.config.model_dump(mode="json")
    if config["data"]["study"] is not None:
        config["data"]["study"]["base"] = "."
    target.path.mkdir(parents=True, exist_ok=True)
    target.write_config(config)
    kept = ("data", "data_items", "seed", "precision", "training", "versions", "format")
    # Without a fingerprint: pictures that are drawn differ in single bits between versions of Pillow.
    target.record.write_text(
        json.dumps({"data_root": None, **{key: record[key] for key in kept}}, indent=2) + "\n"
    )
    run.model.half().save_pretrained(target.model)
    card = {
        **how,
        "data": record["data"],
        "records": record["data_items"],
        "seed": record["seed"],
        "steps": record["training"]["steps"],
        "batch_size": record["training"]["batch_size"],
        "weights": "rounded to float16",
        "parameters": sum(weight.numel() for weight in run.model.parameters()),
        "accuracy of linear probes on held-out records, before rounding": summary["linear_probe"],
        "versions": record["versions"],
        "use": "to try mmcore demo; not for decisions about persons",
    }
    (target.path / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    size = sum(file.stat().st_size for file in target.path.rglob("*") if file.is_file())
    assert size <= MOST_BYTES, f"{target.path} has {size} bytes, expected at most {MOST_BYTES}"
    return target.path


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--command", required=True)
    parser.add_argument("--budget", required=True)
    parser.add_argument("--licence", required=True)
    chosen = vars(parser.parse_args())
    packaged(chosen.pop("run"), chosen.pop("name"), chosen)
