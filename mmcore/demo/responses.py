"""The responses of the page in JSON: generated values, their uncertainty, and explanations."""

from typing import Any

import torch

from mmcore.batch import Batch
from mmcore.demo.latents import content_prior, samples
from mmcore.demo.model import DemoModel
from mmcore.demo.requests import Request, batch_of
from mmcore.demo.uncertainty import uncertainty
from mmcore.encoding import Encoding
from mmcore.inference import information, posterior_draws
from mmcore.inference.prediction.styles import in_styles
from mmcore.noise import Noise

__all__ = ["generated", "record", "sampled"]

DRAWS = 64
"""Draws of content and style from which the uncertainty is computed."""
NEAREST = 5


def record(demo: DemoModel, key: str) -> dict[str, Any]:
    """Return a record: its label and its values.

    Raises:
        MmcoreError: there is no such record.
    """
    examples = demo.examples
    if examples is None:
        return {"id": key, "label": "", "values": {}}
    batch = examples.batch(key)
    return {"id": key, "label": examples.label(batch), "values": _written(demo, batch)}


def sampled(demo: DemoModel, request: Request) -> dict[str, Any]:
    """Return values of all modalities that are drawn from the generation prior."""
    latents = samples(demo.model, request.styles, request.seed)
    values = demo.model.decode(latents.content, latents.styles)
    return {"values": {name: demo.forms[name].write(x) for name, x in values.items()}}


@torch.no_grad()
def generated(demo: DemoModel, request: Request) -> dict[str, Any]:
    """Return the modalities that are not given, or all of them if all are given.

    Each has values in several styles, with the posterior mean as content, and a measure of their
    uncertainty. Further entries are the posterior of the content, the contribution of each given
    modality, and the nearest training records.

    Raises:
        MmcoreError: nothing is given, or a value is not valid.
    """
    batch = batch_of(demo, request.given)
    model, names = demo.model, list(batch.values)
    encoding = model.codec.encode(batch)
    noise = Noise(1, seed=request.seed, device=model.device).at("demo")
    latents = posterior_draws(model, encoding, DRAWS, noise.at("draws"))
    content = model.generation(encoding).mean
    responses = {}
    for name in [n for n in model.names if n not in names] or names:
        form, own = demo.forms[name], noise.at("styles")
        styles = request.styles if model.codec.style_dims[name] else 1
        values = in_styles(model, name, content, styles, own).flatten(0, 1)
        uncertain = uncertainty(model, name, form, latents, noise.at("values"))
        responses[name] = {"values": form.write(values), "spread": uncertain}
    return {
        "given": names,
        "generated": responses,
        "content": _posterior(demo, encoding),
        "contributions": _contributions(demo, encoding, names, noise.at("information")),
        "nearest": _nearest(demo, encoding, names),
    }


def _posterior(demo: DemoModel, encoding: Encoding) -> list[dict[str, float]]:
    """Return the mean and the standard deviation of each dimension, in units of those of the prior."""
    q, prior = demo.model.generation(encoding), content_prior(demo.model)
    means = ((q.mean[0] - prior.mean) / prior.stddev).tolist()
    stddevs = (q.stddev[0] / prior.stddev).tolist()
    return [{"mean": m, "stddev": s} for m, s in zip(means, stddevs, strict=True)]


def _contributions(
    demo: DemoModel, encoding: Encoding, names: list[str], noise: Noise
) -> list[dict[str, Any]]:
    """Return the nats about the content that are lost without each given modality."""
    model = demo.model
    nats = information(model.prior, model.inference, encoding, noise).nats[:, 0].tolist()
    by_name = dict(zip(model.names, nats, strict=True))
    return [{"name": name, "nats": max(0.0, by_name[name])} for name in names]


def _nearest(demo: DemoModel, encoding: Encoding, names: list[str]) -> list[dict[str, Any]]:
    if demo.neighbours is None:
        return []
    return [
        {
            "id": near.key,
            "distance": near.distance,
            "label": near.label,
            "values": _written(demo, near.batch),
        }
        for near in demo.neighbours.of(encoding, names, NEAREST)
    ]


def _written(demo: DemoModel, batch: Batch) -> dict[str, Any]:
    """Return the values of a batch of one row in JSON."""
    codec = demo.model.codec
    return {
        name: demo.forms[name].write(codec[name].prepare(stored.to(demo.model.device)))[0]
        for name, stored in batch.values.items()
    }
