"""Quality for a processor time: batch size, learning rate and schedule of mmJSD on MNIST-SVHN-Text.

    OMP_NUM_THREADS=1 uv run python benchmarks/schedules.py --data-dir DATA --out runs/schedules

First the processor time of a step is measured for each batch size, in turns. Every training then has as many
steps as its batch size can take in ``--minutes`` minutes. Other load on the machine therefore does not
decide how long a training is; the processor time that it did use is part of the results.
A training that OUT/results.jsonl has already is not repeated, so that ``--only`` and ``--seeds`` may add
to it. Content 16 + style 4, and the narrow networks of the model ``digits`` of mmcore-models.
"""

import argparse
import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any

import torch
from sklearn.linear_model import LogisticRegression

from mmcore import Model
from mmcore.config import RunConfig
from mmcore.data import Data
from mmcore.data.subset import Subset
from mmcore.inference.representation.representations import AVAILABLE, represent
from mmcore.inference.representation.subsets import subsets
from mmcore.metrics.classifiers import TrainedClassifier, train_classifier
from mmcore.metrics.generation.coherence import coherence
from mmcore.metrics.generation.random_coherence import random_coherence
from mmcore.plugins import Catalogue
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.settings.suggestions import suggestions
from mmcore.runs.training.setup import TrainingSetup
from mmcore.storage.files import cache_folder
from mmcore.training.validation import validation_loss

__all__ = ["SETTINGS", "main"]

KINDS = {name: name for name in ("mnist", "svhn", "text")}
NARROW = {"mnist.hidden": 256, "svhn.width": 12, "svhn.tint": False, "text.width": 64}
FIXED = {"content_dim": 16, "style_dim": 4}


def _setting(batch_size: int, learning_rate: float, schedule: str) -> dict[str, Any]:
    return {
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "adam.schedule": schedule,
    }


SETTINGS: dict[str, dict[str, Any]] = {
    "default": _setting(256, 2e-3, "one-cycle"),
    "cosine": _setting(256, 2e-3, "cosine"),
    "linear": _setting(256, 2e-3, "linear"),
    "constant": _setting(256, 2e-3, "constant"),
    "constant, rate of the paper": _setting(256, 5e-4, "constant"),
    "batch 128": _setting(128, 2e-3, "one-cycle"),
    "batch 64": _setting(64, 2e-3, "one-cycle"),
    "batch 64, rate .001": _setting(64, 1e-3, "one-cycle"),
    "rate .004": _setting(256, 4e-3, "one-cycle"),
    "rate .001": _setting(256, 1e-3, "one-cycle"),
    "batch 64, linear": _setting(64, 2e-3, "linear"),
    "batch 64, rate .001, linear": _setting(64, 1e-3, "linear"),
    "batch 128, linear": _setting(128, 2e-3, "linear"),
    "batch 128, rate .001, linear": _setting(128, 1e-3, "linear"),
}
MEASURES = ("processor seconds", "coherence", "random coherence", "probe", "held-out loss")
WHOLE = ("processor seconds", "held-out loss")


def configured(name: str, steps: int, seed: int, arguments: argparse.Namespace) -> RunConfig:
    """Return the configuration of a training."""
    own = {"steps": steps, "seed": seed, "data": arguments.data, "data_dir": arguments.data_dir}
    choices = {**FIXED, **NARROW, **SETTINGS[name], **own}
    return assemble(KINDS, {**choices, **suggestions(KINDS, choices, Catalogue.discover())})


def seconds_of_steps(arguments: argparse.Namespace) -> dict[int, float]:
    """Return the processor time of a step by batch size: medians over rounds in turns."""
    file = arguments.out / "seconds.json"
    if file.is_file():
        return {int(size): own for size, own in json.loads(file.read_text()).items()}
    by_size = {own["batch_size"]: name for name, own in SETTINGS.items()}
    turns: dict[int, list[float]] = {size: [] for size in by_size}
    for _ in range(arguments.rounds):
        for size, name in by_size.items():
            steps = max(4, 1024 // size)
            setup = TrainingSetup(configured(name, steps, 0, arguments), Catalogue.discover())
            start = process_time()
            setup.fit([])
            turns[size].append((process_time() - start) / steps)
    seconds = {size: statistics.median(own) for size, own in turns.items()}
    file.write_text(json.dumps(seconds, indent=1) + "\n")
    return seconds


def measured(name: str, seed: int, steps: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train, and return the settings and the numbers of a training."""
    setup = TrainingSetup(configured(name, steps, seed, arguments), Catalogue.discover())
    start = process_time()
    setup.fit([])
    seconds = process_time() - start
    model, data = setup.trained(), setup.data
    return {
        "setting": name,
        **SETTINGS[name],
        "seed": seed,
        "minutes": arguments.minutes,
        "steps": steps,
        "processor seconds": round(seconds, 1),
        **qualities(model, data, arguments.rows),
        "held-out loss": held_out_loss(setup, 4 * arguments.rows),
    }


def qualities(model: Model, data: Data, rows: int) -> dict[str, Any]:
    """Return coherence and the accuracy of linear probes; means, and each pair of subset and target."""
    judges, given = classifiers(model, data), subsets(model.names)[:-1]
    agreed = coherence(
        model, data.test, _spread(data, rows), judges, given, model.generation, crossed=True
    )
    cells = {
        f"{given} -> {target}": float(share)
        for given, by in agreed.classified.items()
        for target, share in by.items()
    }
    prior = model.generation_prior
    probes = accuracies(model, data, rows)
    return {
        "coherence": statistics.fmean(cells.values()),
        "random coherence": random_coherence(model, prior, judges, 2 * rows).strict,
        "probe": statistics.fmean(probes.values()),
        "cells": cells,
        "probes": probes,
    }


def classifiers(model: Model, data: Data) -> Mapping[str, TrainedClassifier]:
    """Return the classifiers, which are trained once and kept in the cache folder."""
    cache = cache_folder() / "classifiers"
    fitted, held = data.train.views, data.test.views
    networks = {n: train_classifier(model.codec[n], fitted[n], held[n], cache) for n in model.names}
    return {name: own for name, own in networks.items() if own is not None}


def accuracies(model: Model, data: Data, rows: int) -> dict[str, float]:
    """Return the accuracy of linear probes of the content given each subset."""
    fitted, held = represent(model, data.train, 4 * rows), represent(model, data.test, 4 * rows)
    return {
        subset: float(
            LogisticRegression(max_iter=300)
            .fit(content.numpy(), fitted.labels.numpy())
            .score(held.content[subset].numpy(), held.labels.numpy())
        )
        for subset, content in fitted.content.items()
        if subset != AVAILABLE
    }


def held_out_loss(setup: TrainingSetup, rows: int) -> float:
    """Return the mean loss of held-out rows, with the same noise for every model."""
    return validation_loss(
        setup.model, Subset(setup.data.test, _spread(setup.data, rows)), 0, setup.fabric
    )


def _spread(data: Data, rows: int) -> torch.Tensor:
    """Return indices of held-out rows, at equal distances."""
    return torch.arange(rows) * (len(data.test) // rows)


def table(lines: list[dict[str, Any]]) -> list[str]:
    """Return the table in Markdown: means over the seeds, with the smallest and the largest value."""
    names = dict.fromkeys((line["setting"], line["minutes"]) for line in lines)
    head = ["setting", "batch", "rate", "schedule", "minutes", "steps", "seeds", *MEASURES]
    rows = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    for name, minutes in names:
        own = [o for o in lines if (o["setting"], o["minutes"]) == (name, minutes)]
        one = own[0]
        start = [name, one["batch_size"], one["learning_rate"], one["adam.schedule"], minutes]
        cells = [*start, one["steps"], len(own), *(_cell(own, measure) for measure in MEASURES)]
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return rows


def _cell(lines: list[dict[str, Any]], measure: str) -> str:
    values = [line[measure] for line in lines]
    digits = 0 if measure in WHOLE else 3
    mean = f"{statistics.fmean(values):.{digits}f}"
    return f"{mean} ({min(values):.{digits}f} to {max(values):.{digits}f})" if values[1:] else mean


def parsed(given: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Compare schedules at equal processor time.")
    parser.add_argument("--data", default="real", choices=("real", "sample"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/schedules"))
    parser.add_argument("--minutes", type=float, default=5.0, help="processor time of a training")
    parser.add_argument("--seeds", default="0", help="separated by commas")
    parser.add_argument("--only", help="settings, separated by semicolons; default: all")
    parser.add_argument("--rows", type=int, default=500, help="held-out samples")
    parser.add_argument("--rounds", type=int, default=3, help="of the measurement of a step")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    """Train and measure the settings that are missing, and print the table of all."""
    arguments = parsed(given)
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "results.jsonl"
    file.touch()
    seconds = seconds_of_steps(arguments)
    names = arguments.only.split(";") if arguments.only else list(SETTINGS)
    for seed in map(int, arguments.seeds.split(",")):
        for name in names:
            steps = round(60 * arguments.minutes / seconds[SETTINGS[name]["batch_size"]])
            key = (name, seed, arguments.minutes)
            if key not in {(o["setting"], o["seed"], o["minutes"]) for o in _lines(file)}:
                line = json.dumps(measured(name, seed, steps, arguments))
                with file.open("a", encoding="utf-8") as stream:
                    stream.write(line + "\n")
    print("\n".join(table(_lines(file))))


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
