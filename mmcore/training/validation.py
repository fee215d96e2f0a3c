"""The loss on samples that are held out, by which a training is stopped."""

from typing import Any

import torch

from mmcore.data import Source
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["held_out_loss"]

CHUNK = 1000


@torch.no_grad()
def held_out_loss(model: Model, source: Source, seed: int, fabric: Any) -> float:
    """Return the mean loss over all samples, as at the end of the training.

    The draws are the same at every look, so that two looks differ by the weights alone.

    Arguments:
        model: in whatever mode; it is put back into it.
        source: the samples that are held out.
        seed: of the draws.
        fabric: the engine, for device and precision.
    """
    was_training = model.training
    model.eval()
    total = torch.zeros((), device=model.device)
    with fabric.autocast():
        for indices in torch.arange(len(source)).split(CHUNK):
            rows, step = len(indices), int(indices[0])
            batch = source.fetch(indices, Noise(rows, seed, step).at("held-out"))
            noise = Noise(rows, seed, step, device=model.device).at("held-out")
            terms = model.objective(model.codec, fabric.to_device(batch.checked()), noise, 1.0)
            total += terms.loss.sum()
    model.train(was_training)
    return float(total) / len(source)
