"""The models of mmcore that are measured, with random values of their modalities.

Content has 16 dimensions and each style 4, as in the paper and in the defaults of mmcore.
"""

import torch

from mmcore import Batch, Model
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.plugins import ComponentSpec
from mmcore.testing import catalogue_of

NAMES = ("mnist", "svhn", "text")
CONTENT, STYLE = 16, 4
VECTOR = ComponentSpec(
    kind="modality",
    name="vector",
    factory="mmcore.testing.linear_gaussian:LinearGaussian",
    settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
)
DENSE = ComponentSpec(
    kind="modality",
    name="dense",
    factory="benchmarks.sides.dense:Dense",
    settings="benchmarks.sides.dense:DenseSettings",
)
SIZES = (784, 3072, 568)
"""Numbers of an image of MNIST, of SVHN and of a one-hot text."""


def model_of(options):
    """Return the model that a case names: the paper's, small or linear networks."""
    method, own = options["method"], options.get("settings", {})
    if options["networks"] == "paper":
        return Model.from_plugins(
            *NAMES, method=method, content_dim=CONTENT, style_dim=STYLE, **own
        )
    sizes = SIZES if options["networks"] == "small" else [64] * options["count"]
    kind = "dense" if options["networks"] == "small" else "vector"
    modalities = {
        f"m{n}": ModalityConfig(kind=kind, settings={"features": size}, style_dim=STYLE)
        for n, size in enumerate(sizes)
    }
    config = ModelConfig(modalities=modalities, content_dim=CONTENT, method=method, options=own)
    return Model.from_config(config, catalogue=catalogue_of(VECTOR, DENSE))


def values_of(model, rows):
    """Return random values as data sets store them, by modality."""
    if model.names[0] not in NAMES:
        return {n: torch.randn(rows, *model.codec[n].event_shape) for n in model.names}
    return {
        "mnist": torch.randint(0, 256, (rows, 1, 28, 28), dtype=torch.uint8),
        "svhn": torch.randint(0, 256, (rows, 3, 32, 32), dtype=torch.uint8),
        "text": torch.randint(0, 71, (rows, 8), dtype=torch.uint8),
    }


def batch_of(model, rows, missing=0.0):
    """Return random values, of which the share ``missing`` is absent; each row keeps a modality."""
    values = values_of(model, rows)
    if not missing:
        return Batch.of(values)
    draws = torch.rand(rows, len(values), generator=torch.Generator().manual_seed(0))
    present = (draws >= missing).scatter(1, draws.argmax(1, keepdim=True), True).unbind(1)
    return Batch.of(values, dict(zip(values, present, strict=True)))
