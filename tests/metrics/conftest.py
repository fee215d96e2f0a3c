import pytest
import torch

from mmcore.config import ModalityConfig, ModelConfig
from mmcore.data import Paired, TensorView
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.model import Model
from mmcore.plugins import ComponentSpec, Context
from mmcore.testing import catalogue_of
from mmcore.testing.rigged import CLASSES


def rigged_model(**says):
    """A model of modalities that say what they are told to, by name."""
    spec = ComponentSpec(
        kind="modality",
        name="rigged",
        factory="mmcore.testing.rigged:Rigged",
        settings="mmcore.testing.rigged:RiggedSettings",
    )
    modalities = {n: ModalityConfig(kind="rigged", settings={"says": s}) for n, s in says.items()}
    config = ModelConfig(modalities=modalities, content_dim=CLASSES, style_dim=CLASSES)
    return Model.from_config(config, catalogue=catalogue_of(spec)).eval()


def rigged_source(names, rows):
    labels = torch.arange(rows) % CLASSES
    view = TensorView(torch.eye(CLASSES)[labels], labels)
    table = torch.arange(rows).unsqueeze(1).expand(rows, len(names))
    return Paired(dict.fromkeys(names, view), table)


def rigged_classifiers(model):
    return {
        n: TrainedClassifier(m.classifier(CLASSES), 1.0, 0, 0)
        for n, m in model.codec.modalities.items()
    }


@pytest.fixture
def metric():
    """Return a function from the name of a metric and its options to the metric."""
    catalogue = catalogue_of()

    def make(name, **options):
        return catalogue.make("metric", name, options, Context(catalogue=catalogue))

    return make


@pytest.fixture
def rigged():
    """Return a function from what modalities say to (model, source, classifiers)."""

    def made(rows=2000, **says):
        model = rigged_model(**says)
        return model, rigged_source(model.names, rows), rigged_classifiers(model)

    return made
