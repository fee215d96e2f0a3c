"""The networks and the likelihood of ``hf-image``."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal
from torch.nn.functional import interpolate

from mmcore import MmcoreError, Modality, Noise, Posterior
from mmcore.data import View
from mmcore.likelihoods import FixedLaplace
from mmcore.modality import Classifier
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from mmcore.reporting.topics import PICTURES
from mmcore_transformers.backbone import Backbone
from mmcore_transformers.processor import Processor, known_processor
from mmcore_transformers.settings import TINY_VIT, HfImageSettings
from mmcore_transformers.storing import (
    WithFeatures,
    cached_rows,
    split_features,
    weights_digest,
)

CHUNK = 64
"""Batch size of a frozen encoder; it is constant, so that features are bit-identical."""


class HfImage(Modality):
    """Color images with an encoder of the library transformers and a convolutional decoder.

    A value is (3, S, S) in [0, 1]. It is resized and normalized for the encoder.
    """

    topics = PICTURES

    def __init__(self, settings: HfImageSettings, context: Context) -> None:
        super().__init__()
        self._settings = settings
        known = known_processor(settings, TINY_VIT)
        self.processor = Processor(known)
        side, w, start = known.side, settings.width, settings.size // 8
        example = {"pixel_values": torch.zeros(1, 3, side, side)}
        self.backbone = Backbone(settings, "hf-image", TINY_VIT, example, {})
        self.head = PosteriorHead(self.backbone.features, context.content_dim, context.style_dim)
        self.decoder = nn.Sequential(
            nn.Linear(context.latent_dim, 4 * w * start * start),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (4 * w, start, start)),
            nn.ConvTranspose2d(4 * w, 2 * w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * w, w, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(w, 3, 4, stride=2, padding=1),
        ).to(memory_format=torch.channels_last)

    @property
    def event_shape(self) -> torch.Size:
        """Three channels of S x S."""
        return torch.Size((3, self._settings.size, self._settings.size))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of images in [0, 1]."""
        posterior: Posterior = self.head(self._features(x))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return Laplace or normal densities around the decoded image."""
        loc = self.decoder(torch.cat([style, content], dim=-1))
        if self._settings.likelihood == "laplace":
            return FixedLaplace(loc, self._settings.scale)
        loc = loc if loc.dtype.itemsize > 2 else loc.float()
        return Independent(Normal(loc, self._settings.scale, validate_args=False), 3)

    def prepare(self, raw: Tensor) -> Tensor:
        """Return bytes as floats in [0, 1], in three channels, at the size of the decoder."""
        if raw.dtype != torch.uint8:
            return raw
        pixels = self._split(raw)[0] if raw.dim() == 2 else raw
        return self._fitted(pixels.to(torch.get_default_dtype()).div_(255))

    def render(self, x: Tensor) -> Tensor:
        """Return the images."""
        return x.clamp(0, 1)

    def stored(self, view: View) -> View:
        """Return the images, with the features of a frozen encoder appended."""
        first = view.fetch(torch.zeros(1, dtype=torch.long), Noise(1))
        if first.dim() != 4 or first.shape[1] not in (1, 3):
            raise MmcoreError(
                f"hf-image reads images, and {type(view).__name__} has values of shape"
                f" {tuple(first.shape[1:])}; choose a modality with images for the option pictures"
            )
        if not self._settings.frozen:
            return view
        parts = torch.arange(len(view)).split(CHUNK)
        key = chain(
            (view.fetch(part, Noise(len(part))).contiguous().numpy().data for part in parts),
            [
                weights_digest(self.backbone),
                repr((self.processor.settings, self._settings.size, self._settings.pooling)),
            ],
        )
        shape = (len(view), self.backbone.features)
        features = cached_rows(key, shape, "float32", lambda: self._known(view))
        return WithFeatures(view, features, self._small)

    def encode_stored(self, raw: Tensor, x: Tensor) -> Posterior:
        """Return the posteriors from the stored features, if there are any."""
        if raw.dtype != torch.uint8 or raw.dim() != 2:
            return self.encode(x)
        posterior: Posterior = self.head(self._split(raw)[1].to(x.dtype))
        return posterior

    @property
    def portable_settings(self) -> Mapping[str, Any]:
        """The configurations of the encoder and of the processor, which replace their names."""
        return {
            "model": None,
            "config": self.backbone.config,
            "processor": self.processor.settings.model_dump(),
        }

    def classifier(self, classes: int) -> Classifier:
        """Return a small convolutional network."""
        body = nn.Sequential(
            nn.Conv2d(3, 32, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, 128),
            nn.ReLU(inplace=True),
        ).to(memory_format=torch.channels_last)
        return Classifier(body, nn.Linear(128, classes))

    # -- private -------------------------------------------------------------------------------------

    def _features(self, x: Tensor) -> Tensor:
        hidden = self.backbone(pixel_values=self.processor(x))
        if hidden.dim() == 4:
            mean: Tensor = hidden.mean((2, 3))
            return mean
        pooled: Tensor = hidden[:, 0] if self._settings.pooling == "first" else hidden.mean(1)
        return pooled

    @torch.no_grad()
    def _known(self, view: View) -> Iterable[Tensor]:
        device = next(self.parameters()).device
        for part in torch.arange(len(view)).split(CHUNK):
            x = self.prepare(view.fetch(part, Noise(len(part))).to(device))
            yield self._features(x).float().cpu()

    def _fitted(self, x: Tensor) -> Tensor:
        x = x.expand(-1, 3, -1, -1)
        if x.shape[1:] == self.event_shape:
            return x.contiguous(memory_format=torch.channels_last)
        size = list(self.event_shape[1:])
        return interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)

    def _small(self, pixels: Tensor) -> Tensor:
        return self.prepare(pixels).mul(255).round().to(torch.uint8)

    def _split(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        return split_features(raw, self.event_shape, torch.uint8)
