"""What a model generates from given values, and how it comes to it, in JSON."""

from typing import Any

import torch

from mmcore.batch import Batch
from mmcore.demo.given import Request, batch_of
from mmcore.demo.latents import content_prior, samples
from mmcore.demo.spread import spread
from mmcore.demo.subject import Subject
from mmcore.encoding import Encoding
from mmcore.inference import information, posterior_draws
from mmcore.inference.prediction.styles import in_styles
from mmcore.noise import Noise

__all__ = ["generated", "record", "sampled"]

DRAWS = 64
"""Draws of content and style that measure how sure the model is."""
NEAREST = 5


def record(subject: Subject, key: str) -> dict[str, Any]:
    """Return a record: its label and its values.

    Raises:
        MmcoreError: there is no such record.
    """
    examples = subject.examples
    if examples is None:
        return {"id": key, "label": "", "values": {}}
    batch = examples.batch(key)
    return {"id": key, "label": examples.label(batch), "values": _written(subject, batch)}


def sampled(subject: Subject, request: Request) -> dict[str, Any]:
    """Return values of all modalities that are drawn from the generation prior."""
    latents = samples(subject.model, request.styles, request.seed)
    values = subject.model.decode(latents.content, latents.styles)
    return {"values": {name: subject.forms[name].write(x) for name, x in values.items()}}


@torch.no_grad()
def generated(subject: Subject, request: Request) -> dict[str, Any]:
    """Return the modalities that are not given, or all of them if all are given.

    Each has values in several styles, the content being that of the posterior mean, and a measure of how
    sure the model is. Further entries are the posterior of the content, the contribution of each given
    modality, and the nearest training records.

    Raises:
        MmcoreError: nothing is given, or a value is not valid.
    """
    batch = batch_of(subject, request.given)
    model, names = subject.model, list(batch.values)
    encoding = model.codec.encode(batch)
    noise = Noise(1, seed=request.seed, device=model.device).at("demo")
    latents = posterior_draws(model, encoding, DRAWS, noise.at("draws"))
    content = model.generation(encoding).mean
    answers = {}
    for name in [n for n in model.names if n not in names] or names:
        form, own = subject.forms[name], noise.at("styles")
        styles = request.styles if model.codec.style_dims[name] else 1
        values = in_styles(model, name, content, styles, own).flatten(0, 1)
        unsure = spread(model, name, form, latents, noise.at("values"))
        answers[name] = {"values": form.write(values), "spread": unsure}
    return {
        "given": names,
        "generated": answers,
        "content": _posterior(subject, encoding),
        "contributions": _contributions(subject, encoding, names, noise.at("information")),
        "nearest": _nearest(subject, encoding, names),
    }


def _posterior(subject: Subject, encoding: Encoding) -> list[dict[str, float]]:
    """Return the mean and the standard deviation of each dimension, in units of those of the prior."""
    q, prior = subject.model.generation(encoding), content_prior(subject.model)
    means = ((q.mean[0] - prior.mean) / prior.stddev).tolist()
    stddevs = (q.stddev[0] / prior.stddev).tolist()
    return [{"mean": m, "stddev": s} for m, s in zip(means, stddevs, strict=True)]


def _contributions(
    subject: Subject, encoding: Encoding, names: list[str], noise: Noise
) -> list[dict[str, Any]]:
    """Return the nats about the content that are lost without each given modality."""
    model = subject.model
    nats = information(model.prior, model.inference, encoding, noise).nats[:, 0].tolist()
    by_name = dict(zip(model.names, nats, strict=True))
    return [{"name": name, "nats": max(0.0, by_name[name])} for name in names]


def _nearest(subject: Subject, encoding: Encoding, names: list[str]) -> list[dict[str, Any]]:
    if subject.neighbours is None:
        return []
    return [
        {
            "id": near.key,
            "distance": near.distance,
            "label": near.label,
            "values": _written(subject, near.batch),
        }
        for near in subject.neighbours.of(encoding, names, NEAREST)
    ]


def _written(subject: Subject, batch: Batch) -> dict[str, Any]:
    """Return the values of a batch of one row in JSON."""
    codec = subject.model.codec
    return {
        name: subject.forms[name].write(codec[name].prepare(stored.to(subject.model.device)))[0]
        for name, stored in batch.values.items()
    }
