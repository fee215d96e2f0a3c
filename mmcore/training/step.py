"""What the engine runs in a step: model and objective as one module."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.objectives import LossTerms

__all__ = ["TrainStep"]


class TrainStep(nn.Module):
    """The loss of a batch, computed inside one forward pass.

    It stands between the engine's plain collections of tensors and our frozen values: data-parallel
    training needs everything that has gradients inside the forward pass of one module.

    Arguments:
        model: what is trained.
        steps: length of the whole training.
        rows: rows of a step, over all processes.
        seed: of the run.
        rank: this process.
        world: number of processes.
    """

    def __init__(
        self, model: Model, *, steps: int, rows: int, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        super().__init__()
        self.model = model
        self._steps, self._rows, self._seed = steps, rows, seed
        self._rank, self._world = rank, world

    def noise(self, number: int, device: torch.device) -> Noise:
        """Return the randomness of step ``number``."""
        return Noise(
            self._rows, self._seed, number, rank=self._rank, world=self._world, device=device
        )

    def forward(
        self,
        values: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        complete: frozenset[str],
        number: int,
    ) -> dict[str, Any]:
        """Return the mean loss, under ``loss``, and sums over rows for the log."""
        # Layers that draw by themselves, such as dropout, follow (seed, step) too.
        device = next(iter(present.values())).device
        seed_layers(derived_seed("layers", self._seed, number, self._rank), device)
        noise = self.noise(number, device)
        batch = Batch(values, present, complete=complete)
        terms = self.model.objective(self.model.codec, batch, noise, number / self._steps)
        return {"loss": terms.loss.mean(), **_sums(terms, present)}


def _sums(terms: LossTerms, present: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return sums over rows, stacked so that they cost a handful of kernels, and their names."""
    rows = {
        "loss": terms.loss,
        **{f"nll/{name}": nll for name, nll in terms.nll.items()},
        **{f"divergence/{name}": divergence for name, divergence in terms.divergences.items()},
    }
    counted = torch.stack([present[name] for name in terms.nll]).sum(1)
    return {
        "names": tuple(rows),
        "sums": torch.stack([row.detach() for row in rows.values()]).sum(1),
        "counted": tuple(f"nll/{name}" for name in terms.nll),
        "counts": counted,
    }
