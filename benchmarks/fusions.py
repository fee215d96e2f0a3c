"""The posterior that values are generated from: coherence on pairs that no number of the docs is measured on.

Usage::

    uv run mmcore train --config config.yaml --out RUN    # with training.validation.share
    uv run python benchmarks/fusions.py RUN --rows 2000

The validation samples are those that the training has held apart; the test samples are those of
``mmcore evaluate``. The posterior is chosen on the first; the second show that the choice holds.
"""

import argparse

import torch

from mmcore.config import EvaluationSettings
from mmcore.data import split_off
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.metrics import Subject
from mmcore.metrics.generation.coherence import coherence
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder

POSTERIORS = ("product", "product-with-prior", "mixture", "geometric-with-prior")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--rows", type=int, default=2000)
    chosen = parser.parse_args()
    run = Run.open(chosen.run)
    data, share = run.data(), run.config.training.validation.share
    subject = Subject(
        run.model, data, EvaluationSettings(rows=chosen.rows), cache_folder() / "classifiers"
    )
    _, held = split_off(data.training_source, share, run.config.seed)
    generator = torch.Generator().manual_seed(0)
    rows = torch.randperm(len(held), generator=generator)[: chosen.rows]
    sides = {"validation": (held, rows), "test": (data.test, subject.complete_rows(chosen.rows))}
    pairs = [subset for subset in subject.given if len(subset) == 2]
    print(f"coherence given two modalities of {run.folder}, {len(rows)} samples, mean of the pairs")
    for name in POSTERIORS:
        posterior = named_posterior(run.model, name)
        shown = []
        for side, (source, indices) in sides.items():
            args = run.model, source, indices, subject.classifiers, pairs, posterior
            by_pair = coherence(*args, crossed=True).classified
            shares = [share for by in by_pair.values() for share in by.values()]
            shown.append(f"{side} {sum(shares) / len(shares):.3f}")
        print(f"{name}: {', '.join(shown)}")


if __name__ == "__main__":
    main()
