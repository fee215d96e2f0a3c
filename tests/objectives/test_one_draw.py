"""A style may pass its gradient only to what its own modality has given the content."""

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.objectives import StyleTraining
from mmcore.objectives.one_draw import OneDraw

pytestmark = pytest.mark.usefixtures("float64")


def test_without_cross_gradients_the_style_of_a_modality_that_is_not_given_has_none(vectors):
    modality = ModalityConfig(kind="vector", settings={"seed": 0, "features": 6})
    config = ModelConfig(modalities={"a": modality, "b": modality}, content_dim=2, style_dim=1)
    model = Model.from_config(config, catalogue=vectors)
    encoding = model.codec.encode(Batch.of({name: torch.randn(4, 6) for name in "ab"}))
    given = encoding.restrict(("a",))
    draw = OneDraw.of(
        model.codec,
        encoding,
        model.inference(given),
        given,
        StyleTraining(0.0, cross_gradient=0.0),
        Noise(4),
        0.5,
    )
    for name, has_gradient in (("a", True), ("b", False)):
        loc = encoding.styles[name].loc
        (gradient,) = torch.autograd.grad(
            draw.nll[name].sum(), loc, retain_graph=True, materialize_grads=True
        )
        assert bool(gradient.abs().sum() > 0) is has_gradient
