"""Feature spaces in which generated and real samples are compared."""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.nn.functional import interpolate

from mmcore.errors import MmcoreError
from mmcore.inference.prediction.predictive import units
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.modality import Modality

__all__ = ["ClassifierSpace", "FeatureSpace", "InceptionSpace", "is_image"]

SIDE = 299
AT_ONCE = 50
WEIGHTS = "inception_v3.safetensors"


class FeatureSpace(ABC):
    """Features of real and of generated values.

    MUST: `about`, `of_values`, `of_generated`.
    """

    @property
    @abstractmethod
    def about(self) -> str:
        """The source of the features, to follow the words 'in the features of'."""

    @abstractmethod
    def of_values(self, modality: Modality, x: Tensor) -> Tensor:
        """Return (B, F) features of prepared values."""

    @abstractmethod
    def of_generated(self, modality: Modality, likelihood: Distribution) -> Tensor:
        """Return (B, F) features of the likelihoods that a decoder returns.

        It may draw from the global generators of torch, which the caller seeds.
        """


class ClassifierSpace(FeatureSpace):
    """The penultimate features of the modality's own classifier."""

    def __init__(self, name: str, classifier: TrainedClassifier) -> None:
        self._name, self._classifier = name, classifier

    @property
    def about(self) -> str:
        """The classifier and its score."""
        return f"the classifier of {self._name} (own score {self._classifier.score:.3f})"

    def of_values(self, modality: Modality, x: Tensor) -> Tensor:
        """Return features of the input of the classifier."""
        return self._classifier.features(modality.classifier_input(x))

    def of_generated(self, modality: Modality, likelihood: Distribution) -> Tensor:
        """Return features of the input of the classifier; categories are drawn, as real items have them."""
        mode = likelihood.mode
        numbers = ~units(modality, mode).isnan()
        if bool(numbers.all()):
            return self._classifier.features(modality.classifier_input_of(likelihood))
        drawn = torch.where(numbers, mode, likelihood.sample())
        return self._classifier.features(modality.classifier_input(drawn))


class InceptionSpace(FeatureSpace):
    """The 2,048 pooled features of torchvision's Inception v3, trained on photographs.

    Arguments:
        cache: folder with the file ``inception_v3.safetensors``; nothing is downloaded.
        device: device of the network.

    Raises:
        MmcoreError: the weights or torchvision are missing, or the file does not fit the network.

    References:
        Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016).
    """

    def __init__(self, cache: Path, device: torch.device) -> None:
        path = cache / WEIGHTS
        if not path.is_file():
            raise MmcoreError(
                f"Inception features are left out: '{cache}' has no file {WEIGHTS};"
                " docs/evaluation.md shows how to create it"
            )
        try:
            from torchvision.models import inception_v3
        except ImportError:
            raise MmcoreError(
                "Inception features are left out: torchvision is not installed"
            ) from None
        network = inception_v3(weights=None, init_weights=False)
        try:
            network.load_state_dict(load_file(path))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise MmcoreError(f"Inception features are left out: '{path}': {reason}") from error
        network.fc = nn.Identity()
        self._network = network.eval().to(device)

    @property
    def about(self) -> str:
        """The network."""
        return "torchvision's Inception v3"

    def of_values(self, modality: Modality, x: Tensor) -> Tensor:
        """Return features of images."""
        images = modality.render(x)
        assert images is not None, "see is_image"
        parts = [self._features(part) for part in images.split(AT_ONCE)]
        return torch.cat(parts)

    def of_generated(self, modality: Modality, likelihood: Distribution) -> Tensor:
        """Return features of the most likely images."""
        return self.of_values(modality, likelihood.mode)

    def _features(self, images: Tensor) -> Tensor:
        large = interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True)
        features: Tensor = self._network(2 * large - 1)
        return features


def is_image(modality: Modality) -> bool:
    """Return whether values are images: one or three channels of pixels."""
    shape = modality.event_shape
    return len(shape) == 3 and shape[0] in (1, 3)
