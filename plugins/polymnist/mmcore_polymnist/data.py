"""The data of the five modalities: published images, or digits on textures built on this machine."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from mmcore_mnist.data import MnistData
from torch import Tensor

from mmcore import Noise
from mmcore.data import Dataset, Split, View
from mmcore.plugins import Context
from mmcore.storage.arrays import cached_array
from mmcore_polymnist.building import arranged, place_on_texture
from mmcore_polymnist.files import decoded, listing
from mmcore_polymnist.settings import PolymnistSettings
from mmcore_polymnist.textures import texture

__all__ = ["M0", "M1", "M2", "M3", "M4", "Pictures", "PolymnistData"]

REVISION = 1
"""Part of the cache key; increase it when textures or their use change."""
SEED: dict[Split, int] = {"train": 1, "test": 2}
OFFICIAL = "PolyMNIST, from zenodo.org/records/4899160; its digits are those of MNIST, CC BY-SA 3.0"
BUILT = (
    "MNIST, CC BY-SA 3.0, on textures of mmcore-polymnist, two of which are photographs of scikit-learn,"
    " CC BY 2.0; these are not the published images of PolyMNIST"
)


class Pictures(View):
    """Color images that are read into memory on access.

    Arguments:
        images: (N, 28, 28, 3) uint8, in memory or mapped from a file.
        labels: class of each, (N,).
        keys: key of each, (N,), the same in all modalities.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, keys: Sequence[str]) -> None:
        self._images, self._keys = images, tuple(keys)
        self._labels = torch.from_numpy(labels.astype(np.int64))

    def __len__(self) -> int:
        """Return N."""
        return len(self._images)

    @property
    def labels(self) -> Tensor:
        """The digit of each image."""
        return self._labels

    @property
    def keys(self) -> Sequence[str]:
        """The key of each item, such as ``0.3``."""
        return self._keys

    def fetch(self, indices: Tensor, noise: Noise) -> Tensor:
        """Return the images of ``indices``, (B, 3, 28, 28) uint8; nothing is random."""
        return torch.from_numpy(self._images[indices.numpy()]).permute(0, 3, 1, 2)


class PolymnistData(Dataset):
    """One modality of PolyMNIST, published or built.

    Arguments:
        number: of the modality, 0 to 4.
        settings: options of the modality.
        context: of the modality.
    """

    def __init__(
        self, number: int, settings: PolymnistSettings, context: Context | None = None
    ) -> None:
        super().__init__(settings, context)
        self._number, self._source = number, settings.source
        if settings.source != "official":
            self.license, self.origin = BUILT, "built"
        else:
            self.license = OFFICIAL

    def load(self, root: Path, split: Split) -> View:
        """Return the published images, or images built from the files of MNIST."""
        if self._source != "official":
            return self._built(MnistData().load(root, split), split, cached=True)
        listed = listing(root, split, self._number)
        return Pictures(decoded(listed), listed.labels, listed.keys)

    def sample(self, split: Split) -> View:
        """Return images built from the small digits of scikit-learn."""
        return self._built(MnistData().sample(split), split, cached=False)

    def download(self, root: Path) -> None:
        """Download MNIST for images that are built from it; raise an error for published images."""
        if self._source == "official":
            raise OSError(
                "PolyMNIST is available at zenodo.org/records/4899160, and source=built builds similar"
                " images from MNIST"
            )
        MnistData().download(root)

    def _built(self, view: View, split: Split, *, cached: bool) -> View:
        """Return images with the digits of ``view``, each used once."""
        digits = view.fetch(torch.arange(len(view)), Noise(len(view)))[:, 0].numpy()
        seed = [SEED[split], self._number]
        order = arranged(view.labels.numpy(), [*seed, 0])
        translated = self._source == "translated"

        def fill(images: np.ndarray) -> None:
            ordered, background = digits[order.order], texture(self._number)
            place_on_texture(ordered, background, [*seed, 1], images, translated=translated)

        shape = (*digits.shape, 3)
        if cached:
            key = [
                f"built {REVISION} {seed} {self._source}",
                order.order.tobytes(),
                digits.tobytes(),
            ]
            images = cached_array(key, shape, np.uint8, fill)
        else:
            images = np.empty(shape, np.uint8)
            fill(images)
        return Pictures(images, order.labels, order.keys)


M0, M1, M2, M3, M4 = (partial(PolymnistData, number) for number in range(5))
