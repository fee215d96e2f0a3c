"""Imputation from the posterior of the method and from the corrected one, on the held-out records of runs.

    uv run python benchmarks/corrected.py RUN ... --data-dir DATA

Each modality is hidden and imputed from all others. RMSE is in the unit of each column, a mean over columns;
coverage and width are of intervals of 90 %, the width in the same unit. The last columns are the quantiles
of the effective sample size at .1, .5 and .9, and the share of records that are corrected.
"""

import argparse
from pathlib import Path

import torch

from mmcore.inference.prediction.posterior_draws import corrected_draws, posterior_draws
from mmcore.inference.prediction.predictive import predictive
from mmcore.inference.representation.batches import encoded
from mmcore.runs.run import Run

LEVEL, DRAWS = 0.9, 199


def errors(model, name, latents, truth, noise):
    """Return RMSE, coverage and width of the numeric columns."""
    answer, unit = predictive(model, name, latents, LEVEL, noise), model.codec[name].unit()
    known = ~truth.isnan() & ~unit.isnan()
    squares = ((answer.value - truth) / unit).square().where(known, torch.nan)
    inside = ((answer.low <= truth) & (truth <= answer.high))[known]
    width = ((answer.high - answer.low) / unit)[known]
    rmse = squares.nanmean(0).sqrt().nanmean()
    return [float(rmse), float(inside.double().mean()), float(width.mean())]


def compared(run, data_dir):
    model, test = run.model.eval(), run.data(data_dir).test
    batch = encoded(model, test, torch.arange(len(test)), 0)
    whole = batch.encoding.select(batch.encoding.has(model.names))
    noise = batch.noise.resized(whole.rows)
    for name in model.names:
        given = whole.restrict([other for other in model.names if other != name])
        own = posterior_draws(model, given, DRAWS, noise.at("own"))
        corrected = corrected_draws(model, given, DRAWS, noise.at("corrected"))
        sizes = corrected.effective.quantile(torch.tensor([0.1, 0.5, 0.9])).tolist()
        share = float(corrected.is_corrected.double().mean())
        for posterior, latents in (("generation", own), ("corrected", corrected.latents)):
            numbers = errors(model, name, latents, whole.values[name], noise)
            print(
                f"{run.folder.name:8} {name:8} {posterior:11}",
                *(f"{x:6.3f}" for x in numbers),
                end="",
            )
            print("  ", *(f"{x:5.1f}" for x in sizes), f"{share:5.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    for path in options.runs:
        compared(Run.open(path), options.data_dir)


if __name__ == "__main__":
    main()
