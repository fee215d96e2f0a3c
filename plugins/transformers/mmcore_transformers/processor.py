"""Preprocessing of images for a pretrained encoder: size, mean and standard deviation."""

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.nn.functional import interpolate
from transformers import AutoImageProcessor

from mmcore import MmcoreError
from mmcore_transformers.fetching import local_folder
from mmcore_transformers.settings import HfImageSettings, ProcessorSettings

__all__ = ["Processor", "known_processor"]


class Processor(nn.Module):
    """Resizes and normalizes images in [0, 1] for an encoder, on the device.

    Shapes:
        x: (B, 3, S, S). returns: (B, 3, side, side).

    Arguments:
        settings: size, mean and standard deviation.
    """

    def __init__(self, settings: ProcessorSettings) -> None:
        super().__init__()
        self.settings = settings
        for name, values in (("mean", settings.mean), ("std", settings.std)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input of the encoder."""
        side = self.settings.side
        if x.shape[-1] != side:
            x = interpolate(x, [side] * 2, mode="bilinear", antialias=True, align_corners=False)
        return (x - self.get_buffer("mean")) / self.get_buffer("std")


def known_processor(settings: HfImageSettings, fallback: Mapping[str, Any]) -> ProcessorSettings:
    """Return the processor of the settings, else that of the model, else the size in the configuration.

    Raises:
        MmcoreError: the processor of the model is not readable.
    """
    if settings.processor is not None:
        return settings.processor
    if settings.model is not None:
        return _own(settings.model)
    config = settings.config if isinstance(settings.config, dict) else fallback
    return ProcessorSettings(side=int(config.get("image_size", settings.size)))


def _own(model: str) -> ProcessorSettings:
    try:
        processor = AutoImageProcessor.from_pretrained(
            local_folder(model, "hf-image.model"), trust_remote_code=False, local_files_only=True
        ).to_dict()
        size = processor.get("crop_size") or processor["size"]
        side = size.get("height") or size["shortest_edge"]
        mean, std = processor["image_mean"], processor["image_std"]
        return ProcessorSettings(side=side, mean=tuple(mean), std=tuple(std))
    except (OSError, ValueError, KeyError, ImportError, ValidationError) as error:
        raise MmcoreError(
            f"hf-image.model is '{model}', which has no readable image processor"
            f" ({str(error).splitlines()[0]}); set the option processor, for example to"
            " {side: 224, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}"
        ) from error
