"""A step of the training: loss and gradient of a batch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.data import SampleOrder, Source
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed, seed_layers
from mmcore.objectives import LossTerms, NamedTerms
from mmcore.training.engine import reaching
from mmcore.training.guard import with_nan_gradient

__all__ = ["StepTerms", "TrainStep", "backward"]


class StepTerms:
    """The loss of a step and its terms; not a collection, which the engine would traverse at every step.

    Arguments:
        loss: mean over rows, divided by the number of micro-batches.
        sums: sum over rows of each term, in the order of ``names``.
        names: names of the terms.
        counts: number of rows that have each modality, in the order of ``counted``.
        counted: names of the terms that are averaged over these rows instead of all rows.
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
    """The loss of a batch, computed in the forward pass of one module, as data-parallel training requires.

    Micro-batch k of K of process r of R is computed as process r + R k of R K processes: it has every K-th
    row of the process, and the noise of these rows. The number of micro-batches therefore changes the
    gradient as little as the number of processes does: by rounding alone.

    Arguments:
        model: model and objective.
        steps: length of the training.
        rows: rows of a step, over all processes.
        seed: seed of the run.
        rank: index of this process.
        world: number of processes.
    """

    def __init__(
        self, model: Model, *, steps: int, rows: int, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        super().__init__()
        self.model = model
        self._steps, self._rows, self._seed = steps, rows, seed
        self._rank, self._world = rank, world

    def noise(self, number: int, device: torch.device, micro: int = 0, micros: int = 1) -> Noise:
        """Return the noise of step ``number``, or of micro-batch ``micro`` of ``micros``."""
        rank, world = self._rank + self._world * micro, self._world * micros
        return Noise(self._rows, self._seed, number, rank=rank, world=world, device=device)

    def batch(self, source: Source, order: SampleOrder, number: int) -> Batch:
        """Return the rows of step ``number`` of this process, on the CPU."""
        noise = self.noise(number, torch.device("cpu")).at("data")
        return source.fetch(order.step(number), noise).checked()

    def forward(
        self,
        values: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        complete: frozenset[str],
        indices: Mapping[str, Tensor],
        sites: Tensor | None,
        number: int,
        micro: int = 0,
        micros: int = 1,
    ) -> StepTerms:
        """Return the mean loss, and sums over rows for the report."""
        batch = Batch(values, present, complete=complete, indices=indices, sites=sites)
        terms = self.terms(batch, number, micro, micros)
        summed = _summed(terms, present, micros)
        if self._world > 1:
            summed.loss = reaching(summed.loss, self.parameters())
        return summed

    def terms(self, batch: Batch, number: int, micro: int = 0, micros: int = 1) -> LossTerms:
        """Return the terms of the loss for each row of a micro-batch."""
        device = next(iter(batch.present.values())).device
        noise = self.noise(number, device, micro, micros)
        # Layers that draw by themselves, such as dropout, depend on (seed, step) too.
        seed_layers(derived_seed("layers", self._seed, number, noise.rank), device)
        terms: LossTerms = self.model.objective(
            self.model.codec, batch, noise, number / self._steps
        )
        return terms


def backward(
    module: nn.Module, parts: Sequence[Batch], number: int, fabric: Any
) -> Iterator[StepTerms]:
    """Add the gradient of the loss of step ``number``, and yield the terms of each micro-batch.

    Arguments:
        module: a `TrainStep`, as the engine has set it up.
        parts: the micro-batches of this process.
        number: number of the step.
        fabric: engine; processes exchange gradients after the last micro-batch only.
    """
    micros = len(parts)
    for micro, batch in enumerate(parts):
        with fabric.no_backward_sync(module, enabled=micro < micros - 1):
            # Tensors and mappings, in which the engine finds what has another precision.
            rows = batch.values, batch.present, batch.complete, batch.indices, batch.sites
            terms = module(*rows, number, micro, micros)
            fabric.backward(with_nan_gradient(terms.loss))
        yield terms


def _summed(terms: LossTerms, present: Mapping[str, Tensor], micros: int) -> StepTerms:
    """Add the terms over the rows, in a few operations for all of them."""
    kinds = [NamedTerms.of(kind).rows for kind in (terms.nll, terms.divergences) if kind]
    with torch.no_grad():
        sums = torch.cat([terms.loss.unsqueeze(0), *kinds]).sum(1)
    counted = tuple(f"nll/{name}" for name in terms.nll)
    loss = terms.loss.mean()
    return StepTerms(
        loss=loss if micros == 1 else loss / micros,
        sums=sums,
        names=("loss", *counted, *(f"divergence/{name}" for name in terms.divergences)),
        counts=torch.stack([present[name] for name in terms.nll]).sum(1),
        counted=counted,
    )
