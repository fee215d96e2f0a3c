"""Compare generation priors on trained runs: random coherence, log p(X), and the time of the fit.

Usage::

    python benchmarks/generation_priors.py RUN [RUN ...] [--kinds gaussian,mixture,flow,diffusion]

The runs are not changed. A row has, for the prior of the training (standard), for each kind, and for the
contents of held-out samples (ceiling): strict and lenient random coherence, the share in which two modalities
agree, the gain in the mean log p(c, s) of held-out training samples over the prior of the training, the gain
in importance-sampled log p(X) of held-out samples with its standard error, and the seconds of the fit.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch

from mmcore.config import EvaluationSettings
from mmcore.inference import encoded_batches, fit_generation_prior
from mmcore.inference.likelihood import log_likelihoods, rows_at_once
from mmcore.metrics import Subject
from mmcore.metrics.random_coherence import random_coherence, random_coherence_table
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of finished runs")
    parser.add_argument("--kinds", default="gaussian,mixture,flow,diffusion")
    parser.add_argument(
        "--unscored", default="diffusion", help="kinds without log p(X), which is slow"
    )
    parser.add_argument("--rows", type=int, default=4000, help="samples of random coherence")
    parser.add_argument("--likelihood-rows", type=int, default=100)
    parser.add_argument("--draws", type=int, default=128, help="importance samples of each row")
    chosen = parser.parse_args()
    for path in chosen.runs:
        measured(path, chosen)


def measured(path, chosen):
    run = Run.open(path)
    model, data = run.model, run.data()
    model.fitted_prior = None
    settings = EvaluationSettings(rows=chosen.rows)
    subject = Subject(model, data, settings, cache_folder() / "classifiers")
    table = random_coherence_table(subject, subject.complete_rows(chosen.rows))
    shown(
        path.name, *(column.name for column in table.columns), "log p(c, s)", "log p(X)", "seconds"
    )
    for row, values in table.rows.items():
        shown(row, *values)
    source = replace(data, drop=run.config.data.drop).training_source
    for kind in chosen.kinds.split(","):
        start = time.process_time()
        fitted = fit_generation_prior(model, source, kind, seed=run.config.seed)
        seconds = time.process_time() - start
        if fitted is None:
            shown(kind, "not better than the prior of the training")
            continue
        own = random_coherence(model, fitted.latent, subject.classifiers, chosen.rows)
        reached = fitted.description.held_out
        best = reached[fitted.description.title] - reached["prior of the training"]
        gain = "" if kind in chosen.unscored.split(",") else in_log_p(subject, fitted, chosen)
        shown(fitted.description.title, *own.numbers, best, gain, f"{seconds:.0f}")
        print(f"    {fitted.description}", flush=True)


def in_log_p(subject, fitted, chosen):
    """Return the mean gain in log p(X) over that of the training prior, with its standard error."""
    model, parts = subject.model, []
    indices = subject.test_rows(chosen.likelihood_rows)
    priors = [model.codec.latent_prior, fitted.latent]
    for batch in encoded_batches(
        model, subject.data.test, indices, rows_at_once(model.codec), subject.settings.seed
    ):
        before, after = log_likelihoods(
            model.codec,
            model.inference,
            batch.encoding,
            model.names,
            batch.noise.at("likelihood"),
            chosen.draws,
            priors=priors,
        )
        parts.append(after.log_p - before.log_p)
    gain = torch.cat(parts)
    return f"{float(gain.mean()):.1f} ± {float(gain.std()) / len(gain) ** 0.5:.1f}"


def shown(*cells):
    texts = ("-" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells)
    print(f"| {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
