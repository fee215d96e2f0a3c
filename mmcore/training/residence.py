"""Training values that stay on a GPU, where they fit."""

import torch

from mmcore.data import Source

__all__ = ["resident"]

SHARE = 0.5
"""Largest share of the free memory of the GPU for the values."""


def resident(source: Source, device: torch.device) -> Source:
    """Return the source with its values on a GPU, if they take at most half of its free memory.

    A step then copies indices to the device, and no values. On other devices nothing changes.

    Arguments:
        source: training samples.
        device: of the training.
    """
    if device.type != "cuda" or source.nbytes > SHARE * torch.cuda.mem_get_info(device)[0]:
        return source
    return source.on(device)
