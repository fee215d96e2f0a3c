"""The validation loss, which decides when a training stops early."""

from typing import Any

import torch

from mmcore.data import Source
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["validation_loss"]

CHUNK = 1000


@torch.no_grad()
def validation_loss(model: Model, source: Source, seed: int, fabric: Any) -> float:
    """Return the mean over all validation samples of `Objective.held_out`, the loss by default.

    Every validation uses the same noise, so two validations differ by the weights of the model alone.

    Arguments:
        model: in train or eval mode; the mode is restored afterwards.
        source: validation samples.
        seed: of the noise.
        fabric: engine, for device and precision.
    """
    was_training = model.training
    model.eval()
    total = torch.zeros((), device=model.device)
    with fabric.autocast():
        for indices in torch.arange(len(source)).split(CHUNK):
            rows, step = len(indices), int(indices[0])
            batch = source.fetch(indices, Noise(rows, seed, step).at("held-out")).checked()
            noise = Noise(rows, seed, step, device=model.device).at("held-out")
            held_out = model.objective.held_out
            total += held_out(model.codec, fabric.to_device(batch.indexed()), noise).sum()
    model.train(was_training)
    return float(total) / len(source)
