"""The parts of a model that are exported: functions of named tensors, in which nothing is random."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore.batch import Batch
from mmcore.distributions import FullGaussian, Gaussian, LatentDistribution, Mixture
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.model import Model

__all__ = ["DECODER", "ENCODER", "Part", "Tensors", "parts_of"]

Tensors = dict[str, Tensor]
ENCODER, DECODER = "encoder-", "decoder-"
"""Prefixes of the parts of a modality; other parts are joint posteriors."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model, and an example of its inputs.

    Arguments:
        name: of its file, without a suffix.
        module: from inputs by name to outputs by name.
        inputs: examples, each with the same number of rows.
    """

    name: str
    module: nn.Module
    inputs: Tensors

    @torch.no_grad()
    def outputs(self, inputs: Tensors) -> Tensors:
        """Return the outputs of the original."""
        outputs: Tensors = self.module(inputs)
        return outputs


def parts_of(model: Model, values: Mapping[str, Tensor]) -> list[Part]:
    """Return an encoder and a decoder of each modality, and the joint posterior.

    If the method generates from another posterior than it infers, there are both.

    Arguments:
        model: a trained model, in eval mode, on the CPU.
        values: stored values of the exported modalities, (B, *E).
    """
    rows = len(next(iter(values.values())))
    draw = torch.Generator().manual_seed(0)
    size, styles = model.config.content_dim, model.codec.style_dims

    def noise(width: int) -> Tensor:
        return torch.randn(rows, width, generator=draw)

    parts = []
    for name, value in values.items():
        inputs = {"value": value, "content_noise": noise(size)}
        latents = {"content": noise(size)}
        if styles[name]:
            inputs["style_noise"] = noise(styles[name])
            latents["style"] = noise(styles[name])
        parts.append(Part(f"{ENCODER}{name}", _Encoder(model, name), inputs))
        parts.append(Part(f"{DECODER}{name}", _Decoder(model, name), latents))
    present = torch.arange(rows) % 2 == 0
    masks = {f"present_{name}": present ^ (place % 2 > 0) for place, name in enumerate(values)}
    if len(values) == 1:
        masks = {name: torch.ones(rows, dtype=torch.bool) for name in masks}
    joint = {f"value_{name}": value for name, value in values.items()} | masks
    posteriors = {"posterior": model.inference}
    if model.generation is not model.inference:
        posteriors["generation-posterior"] = model.generation
    for name, inference in posteriors.items():
        module = _Posterior(model, inference, tuple(values))
        draws = {"content_noise": noise(size)} if isinstance(module.infer(joint), Gaussian) else {}
        parts.append(Part(name, module, joint | draws))
    return parts


@final
class _Encoder(nn.Module):
    """From stored values to q(c given x_m) and q(s_m given x_m), with a draw of each."""

    def __init__(self, model: Model, name: str) -> None:
        super().__init__()
        self.modality = model.codec[name]
        self.has_style = model.codec.style_dims[name] > 0

    def forward(self, inputs: Tensors) -> Tensors:
        q = self.modality.encode(self.modality.prepare(inputs["value"])).bounded()
        outputs = _gaussian("content", q.content, inputs["content_noise"])
        if self.has_style:
            outputs |= _gaussian("style", q.style, inputs["style_noise"])
        return outputs


@final
class _Decoder(nn.Module):
    """From content and style to the most likely value, its mean, and probabilities of categories."""

    def __init__(self, model: Model, name: str) -> None:
        super().__init__()
        self.modality = model.codec[name]

    def forward(self, inputs: Tensors) -> Tensors:
        content = inputs["content"]
        style = inputs["style"] if "style" in inputs else content[:, :0]
        likelihood = self.modality.decode(content, style)
        outputs: Tensors = {"mode": likelihood.mode}
        mean = _mean(likelihood) if likelihood.mode.is_floating_point() else None
        if mean is not None:
            outputs["mean"] = mean.clone()
        probabilities = self.modality.class_probabilities(likelihood)
        if probabilities is not None and probabilities.shape[1]:
            outputs["probabilities"] = probabilities
        return outputs


@final
class _Posterior(nn.Module):
    """From stored values and masks of the modalities that a row has to q(c given X)."""

    def __init__(self, model: Model, inference: Inference, names: tuple[str, ...]) -> None:
        super().__init__()
        self.codec, self.inference, self.names = model.codec, inference, names

    def infer(self, inputs: Tensors) -> LatentDistribution:
        """Return the posterior of each row."""
        values = {name: inputs[f"value_{name}"] for name in self.names}
        present = {name: inputs[f"present_{name}"] for name in self.names}
        q: LatentDistribution = self.inference(self.codec.encode(Batch(values, present)))
        return q

    def forward(self, inputs: Tensors) -> Tensors:
        q = self.infer(inputs)
        if isinstance(q, Gaussian):
            return _gaussian("content", q, inputs["content_noise"])
        if isinstance(q, Mixture):
            return {
                "component_means": q.components.loc,
                "component_logvars": q.components.logvar,
                "component_weights": q.weights,
                "content_mean": q.mean,
                "content_sd": q.stddev,
            }
        if isinstance(q, FullGaussian):
            return {"content_mean": q.mean, "content_sd": q.stddev}
        raise MmcoreError(
            f"its posterior is a {type(q).__name__}, expected a Gaussian or a mixture of Gaussians"
        )


def _gaussian(name: str, q: Gaussian, noise: Tensor) -> Tensors:
    return {
        f"{name}_mean": q.loc,
        f"{name}_logvar": q.logvar,
        name: q.loc + q.stddev * noise,
    }


def _mean(likelihood: Distribution) -> Tensor | None:
    try:
        mean: Tensor = likelihood.mean
    except NotImplementedError:
        return None
    return mean
