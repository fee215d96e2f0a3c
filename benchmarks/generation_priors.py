"""Compare generation priors on trained runs: random coherence, log p(X), and the time of the fit.

Usage::

    python benchmarks/generation_priors.py RUN [RUN ...] [--kinds gaussian,mixture] [--exemplars 100,1000]

The runs are not changed. A row has, for the prior of the training, for each kind, and for the contents of
held-out samples (ceiling): strict and lenient random coherence, the share in which two modalities agree, the
gain in the mean log p(c, s) of held-out training samples over the prior of the training, and the CPU seconds
of the fit. ``--exemplars`` adds the mean of the posteriors of so many training samples, the VampPrior with
samples as pseudo-inputs, with the styles of the prior of the training. log p(X) is measured with three
proposals: the posteriors of the model for inference and for generation, with one or two effective samples
each, and a Gaussian that is fitted to the true posterior of each row under each prior, with more.
"""

import argparse
import math
import time
from dataclasses import replace
from pathlib import Path

import torch

from mmcore import Gaussian, Noise
from mmcore.config import EvaluationSettings
from mmcore.inference import encoded, encoded_batches, fit_generation_prior
from mmcore.inference.likelihood.importance_sampling import (
    ImportanceEstimate,
    log_likelihoods,
    rows_at_once,
)
from mmcore.inference.representation.generation_prior import (
    CHUNK,
    HELD_OUT,
    MOST_ROWS,
    aggregate_posterior,
    chosen_rows,
)
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.metrics import Subject
from mmcore.metrics.generation.random_coherence import random_coherence, random_coherence_table
from mmcore.priors import IndependentPrior, Latents, Prior
from mmcore.runs.run import Run
from mmcore.storage.files import cache_folder

STEPS, RATE, WIDER = 600, 0.03, 1.2
"""Of the fit of a proposal to each row; it is wider than the fit, so that no weight is large."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of finished runs")
    parser.add_argument("--kinds", default="gaussian,mixture,flow,diffusion")
    parser.add_argument("--scored", default="mixture", help="kinds with log p(X), which is slow")
    parser.add_argument("--exemplars", default="", help="numbers of posteriors of training samples")
    parser.add_argument("--rows", type=int, default=4000, help="samples of random coherence")
    parser.add_argument("--likelihood-rows", type=int, default=50)
    parser.add_argument("--draws", type=int, default=256, help="importance samples of each row")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for path in chosen.runs:
        measure(path, chosen)


def measure(path, chosen):
    run = Run.open(path)
    model, data = run.model.requires_grad_(False), run.data()
    model.fitted_prior = None
    settings = EvaluationSettings(rows=chosen.rows)
    subject = Subject(model, data, settings, cache_folder() / "classifiers")
    table = random_coherence_table(subject, subject.complete_rows(chosen.rows))
    show(path.name, *(column.name for column in table.columns), "log p(c, s)", "seconds")
    for row, values in table.rows.items():
        show(row, *values)
    source = replace(data, drop=run.config.data.drop).training_source
    for count in map(int, filter(None, chosen.exemplars.split(","))):
        show_exemplars(subject, source, run.config.seed, count, chosen)
    for kind in filter(None, chosen.kinds.split(",")):
        start = time.process_time()
        fitted = fit_generation_prior(model, source, kind, seed=run.config.seed)
        seconds = time.process_time() - start
        if fitted is None:
            show(kind, "not better than the prior of the training")
            continue
        description = fitted.description
        own = random_coherence(model, fitted.latent, subject.classifiers, chosen.rows)
        gain = (
            description.held_out[description.title] - description.held_out["prior of the training"]
        )
        show(description.title, *own.numbers, gain, f"{seconds:.0f}")
        print(f"    {description}", flush=True)
        if kind in chosen.scored.split(","):
            show_log_p(subject, fitted, chosen)


class Exemplars(Prior):
    """The mean of the posteriors of samples, Gaussians with parameters (K, D)."""

    def __init__(self, q):
        super().__init__()
        self.q = q

    def sample(self, noise, stream, *draws):
        own = noise.at(stream)
        chosen = (own.uniform("sample", *draws) * len(self.q.loc)).long()
        eps = own.normal("eps", *draws, self.q.loc.shape[1])
        return self.q.loc[chosen] + self.q.stddev[chosen] * eps

    def log_prob(self, z):
        each = [self.q.log_prob(part.unsqueeze(-2)).logsumexp(-1) for part in z.split(50)]
        return torch.cat(each) - math.log(len(self.q.loc))


def show_exemplars(subject, source, seed, count, chosen):
    """Show the VampPrior of the first samples that a prior is fitted to, on the held-out ones."""
    model, indices = subject.model, chosen_rows(source, MOST_ROWS, seed)
    is_held_out = torch.arange(len(indices)) % HELD_OUT == 0
    start = time.process_time()
    parts = [
        model.generation(batch.encoding)
        for batch in encoded_batches(model, source, indices[~is_held_out][:count], CHUNK, seed)
    ]
    q = Gaussian(torch.cat([p.loc for p in parts]), torch.cat([p.logvar for p in parts]))
    prior = IndependentPrior(Exemplars(q), model.codec.latent_prior.styles)
    seconds = time.process_time() - start
    latents = aggregate_posterior(model, source, indices[is_held_out], seed)
    gain = prior.log_prob(latents) - model.codec.latent_prior.log_prob(latents)
    own = random_coherence(model, prior, subject.classifiers, chosen.rows)
    show(f"{count} posteriors", *own.numbers, float(gain.mean()), f"{seconds:.0f}")


def show_log_p(subject, fitted, chosen):
    priors = subject.model.codec.latent_prior, fitted.latent
    for name in ("inference", "generation"):
        posterior = named_posterior(subject.model, name)
        show_gain(name, *estimates(subject, posterior, priors, chosen))
    show_gain("of each row", *(refined(subject, prior, chosen) for prior in priors))


def estimates(subject, posterior, priors, chosen):
    model, parts, size = subject.model, [], rows_at_once(subject.model.codec)
    indices = subject.test_rows(chosen.likelihood_rows)
    for batch in encoded_batches(model, subject.data.test, indices, size, 0):
        noise, draws = batch.noise.at("likelihood"), chosen.draws
        each = log_likelihoods(
            model.codec, posterior, batch.encoding, model.names, noise, draws, priors=priors
        )
        parts.append(each)
    for each in zip(*parts, strict=True):
        log_p, effective = (
            torch.cat([getattr(e, f) for e in each]) for f in ("log_p", "effective")
        )
        yield ImportanceEstimate(log_p, effective, chosen.draws)


def refined(subject, prior, chosen):
    """Return the estimate with the Gaussian over content and styles that is fitted to each row."""
    model, indices = subject.model, subject.test_rows(chosen.likelihood_rows)
    encoding = encoded(model, subject.data.test, indices, 0).encoding
    parts = [model.generation(encoding), *(encoding.styles[name] for name in model.names)]
    loc = torch.cat([q.mean for q in parts], -1).clone().requires_grad_()
    log_scale = torch.cat([q.stddev for q in parts], -1).log().clone().requires_grad_()
    optimizer, noise = torch.optim.Adam([loc, log_scale]), Noise(len(indices))
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        eps = noise.at(f"{step}").normal("eps", 2, loc.shape[1]).movedim(0, 1)
        bound = log_joint(model, prior, encoding, loc + log_scale.exp() * eps).mean(0)
        optimizer.zero_grad()
        (-(bound + log_scale.sum(-1)).mean()).backward()
        optimizer.step()
    with torch.no_grad():
        q, weights = Gaussian(loc, 2 * (log_scale + math.log(WIDER))), []
        for number in range(chosen.draws // 16):
            eps = noise.at(f"draw/{number}").normal("eps", 16, loc.shape[1]).movedim(0, 1)
            z = q.loc + q.stddev * eps
            weights.append(log_joint(model, prior, encoding, z) - q.log_prob(z))
        return ImportanceEstimate.of(torch.cat(weights), 16 * len(weights))


def log_joint(model, prior, encoding, z):
    """Return log p(X, c, s), (S, B), of content and styles side by side, (S, B, D)."""
    sizes = model.codec.style_dims
    content, *styles = z.split([model.config.content_dim, *sizes.values()], -1)
    latents = Latents(content, dict(zip(sizes, styles, strict=True)))
    log_p = prior.log_prob(latents)
    for name in model.names:
        x = encoding.values[name]
        stored = x.repeat(len(z), *[1] * (x.dim() - 1))
        style = latents.styles[name].flatten(0, 1)
        likelihood = model.codec.decode(name, content.flatten(0, 1), style)
        log_p = log_p + likelihood.log_prob(stored).reshape(len(z), -1)
    return log_p


def show_gain(proposal, before, after):
    gain = after.log_p - before.log_p
    print(
        f"    log p(X), proposal {proposal}: {before.mean:.1f} and {after.mean:.1f}, gain"
        f" {float(gain.mean()):.1f} ± {float(gain.std()) / len(gain) ** 0.5:.1f}, effective samples"
        f" {float(before.effective.mean()):.1f} and {float(after.effective.mean()):.1f}",
        flush=True,
    )


def show(*cells):
    texts = ("-" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells)
    print(f"| {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
