"""The interface of a source of batches."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.noise import Noise

__all__ = ["Source"]


class Source(ABC):
    """Samples of several modalities, which are read in batches.

    MUST: `__len__`, `fetch`.

    MAY: `positions`, `nbytes`, `on`.

    Subclass requirements: `fetch` is a pure function of its arguments, in every process.
    """

    # -- MUST ------------------------------------------------------------------------------------

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of samples."""

    @abstractmethod
    def fetch(self, indices: Tensor, noise: Noise) -> Batch:
        """Return the samples ``indices``, (B,), as a batch on the CPU; for values see also `on`."""

    # -- MAY -------------------------------------------------------------------------------------

    def positions(self) -> Tensor | None:
        """Return where each sample lies in a file, (N,); None, the default, if they are in memory."""
        return None

    @property
    def nbytes(self) -> int:
        """The bytes that `on` copies to a device; 0, the default, for none."""
        return 0

    def on(self, device: torch.device) -> "Source":
        """Return the same samples, with values on ``device``; the default, itself, copies none.

        Masks, labels and indices stay on the CPU, so that the host never waits for the device.
        """
        return self
