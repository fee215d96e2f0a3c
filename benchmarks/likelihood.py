"""The likelihood of a trained run in bfloat16 against float32: error and CPU time, on one thread.

Single subsets first, each with draws of its own; then all subsets together as ``mmcore evaluate`` measures
the mixtures, from one pool of draws.
"""

import argparse
import time
from pathlib import Path

import torch

from mmcore import Noise
from mmcore.inference.likelihood.importance_sampling import log_likelihood
from mmcore.inference.likelihood.mixture_proposals import mixture_log_likelihoods
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.runs.run import Run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--draws", type=int, default=64)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(chosen.run)
    model, data = run.model, run.data()
    rows = torch.randperm(len(data.test), generator=torch.Generator().manual_seed(0))[: chosen.rows]
    noise = Noise(len(rows))
    with torch.no_grad():
        encoding = model.codec.encode(data.test.fetch(rows, noise))
    print(
        "proposal, given: mean log p; bf16 - fp32: mean, sd; error of the draws. Speeds: fp32, bf16"
    )
    for proposal in ("inference", "mixture"):
        fusion = named_posterior(model, proposal)
        for given in subsets(model.names):

            def measure(half, fusion=fusion, given=given):
                estimate = log_likelihood(
                    model.codec, fusion, encoding, given, noise, chosen.draws, bfloat16=half
                )
                return {given: estimate}

            seconds = timed(f"{proposal}, ", measure)
            speeds = " and ".join(f"{len(rows) * chosen.draws / s:,.0f}" for s in seconds)
            print(f"    {speeds} decodings of all modalities a second", flush=True)

    def measure(half):
        weights, every = named_posterior(model, "mixture").weights, list(subsets(model.names))
        estimates = mixture_log_likelihoods(
            model.codec,
            weights,
            encoding,
            every,
            noise,
            chosen.draws,
            priors=[model.codec.latent_prior],
            bfloat16=half,
        )
        return {subset: of_each_prior[0] for subset, of_each_prior in estimates.items()}

    seconds = timed("mixtures from one pool, ", measure)
    speeds = " and ".join(f"{len(rows) / s:,.0f}" for s in seconds)
    print(f"    {speeds} data points a second, all subsets of each")


def timed(proposal, measure):
    """Measure in float32 and in bfloat16, say what came out, and return the seconds."""
    estimate, seconds = [], []
    for half in (False, True):
        start = time.process_time()
        estimate.append(measure(half))
        seconds.append(time.process_time() - start)
    for given, exact in estimate[0].items():
        shift = estimate[1][given].log_p - exact.log_p
        print(
            f"{proposal}{subset_name(given)}: {exact.mean:.1f}; {shift.mean():+.2f}, {shift.std():.2f};"
            f" {exact.draw_error.mean():.2f}"
        )
    return seconds


if __name__ == "__main__":
    main()
