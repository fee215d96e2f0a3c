"""What the engine runs in a step: model and objective as one module."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.objectives import LossTerms, NamedTerms

__all__ = ["StepTerms", "TrainStep"]


class StepTerms:
    """What a step reports; no collection, so that the engine does not walk through it at every step.

    Arguments:
        loss: the mean over rows.
        sums: by term, the sum over rows, in the order of ``names``.
        names: of the terms.
        counts: by modality, the rows that have it, in the order of ``counted``.
        counted: names of the terms that are averaged over these rows instead of all.
    """

    __slots__ = ("counted", "counts", "loss", "names", "sums")

    def __init__(
        self,
        loss: Tensor,
        sums: Tensor,
        names: tuple[str, ...],
        counts: Tensor,
        counted: tuple[str, ...],
    ) -> None:
        self.loss, self.sums, self.names = loss, sums, names
        self.counts, self.counted = counts, counted


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
    ) -> StepTerms:
        """Return the mean loss, and sums over rows for the log."""
        # Layers that draw by themselves, such as dropout, follow (seed, step) too.
        device = next(iter(present.values())).device
        seed_layers(derived_seed("layers", self._seed, number, self._rank), device)
        noise = self.noise(number, device)
        batch = Batch(values, present, complete=complete)
        terms = self.model.objective(self.model.codec, batch, noise, number / self._steps)
        return _summed(terms, present)


def _summed(terms: LossTerms, present: Mapping[str, Tensor]) -> StepTerms:
    """Add up the terms over rows, in a handful of operations for all of them."""
    kinds = [NamedTerms.of(kind).rows for kind in (terms.nll, terms.divergences) if kind]
    with torch.no_grad():
        sums = torch.cat([terms.loss.unsqueeze(0), *kinds]).sum(1)
    counted = tuple(f"nll/{name}" for name in terms.nll)
    return StepTerms(
        loss=terms.loss.mean(),
        sums=sums,
        names=("loss", *counted, *(f"divergence/{name}" for name in terms.divergences)),
        counts=torch.stack([present[name] for name in terms.nll]).sum(1),
        counted=counted,
    )
