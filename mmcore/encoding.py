"""The encoded batch, and the interface by which a subset of it becomes a distribution."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from mmcore.batch import Batch
from mmcore.distributions import Gaussian, LatentDistribution
from mmcore.noise import Noise

__all__ = ["Encoding", "Inference"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """The posteriors of all modalities of a batch.

    Rows that lack a modality hold zeros in place of its parameters and values, and have no gradient.

    Shapes:
        content: (M, B, D), one expert for each modality, in the order of ``names``.
        present: (M, B), bool.
        styles[name]: (B, D_m).
        values[name]: (B, *E), prepared values.

    Arguments:
        names: the modalities.
        content: posteriors over the shared latent variable, :math:`q(c|x_m)`.
        present: which rows have a modality.
        styles: posteriors over the modality-specific subspaces, :math:`q(s_m|x_m)`.
        values: what was encoded.
        complete: whether every row is known to have every modality; it saves the work of masking and
            changes no result.
        indices: by modality, indices of the rows for which its networks run, see `Batch.indexed`; all rows if
            it is left out.
    """

    names: tuple[str, ...]
    content: Gaussian
    present: Tensor
    styles: Mapping[str, Gaussian]
    values: Mapping[str, Tensor]
    complete: bool = False
    indices: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows B."""
        return self.present.shape[1]

    def gather(self, name: str, values: Tensor, dim: int = 0) -> Tensor:
        """Return the rows for which the networks of a modality run; dimension ``dim`` has B rows."""
        indices = self.indices.get(name)
        return values if indices is None else values.index_select(dim, indices)

    def scatter(self, name: str, values: Tensor, dim: int = 0) -> Tensor:
        """Return all B rows, of which `gather` selected ``values``, with zeros in the others."""
        indices = self.indices.get(name)
        if indices is None:
            return values
        shape = [*values.shape[:dim], self.rows, *values.shape[dim + 1 :]]
        return values.new_zeros(shape).index_copy(dim, indices, values)

    def has(self, subset: Sequence[str]) -> Tensor:
        """Return which rows have all modalities of ``subset``, (B,) bool."""
        return torch.stack([self.present[self.names.index(name)] for name in subset]).all(0)

    def restrict(self, subset: Sequence[str]) -> "Encoding":
        """Return the encoding as if only the modalities of ``subset`` had been observed.

        The encoders run once for all subsets: only ``present`` changes. Styles and values of the other
        modalities stay, so that what is generated can be compared with them.
        """
        chosen = torch.tensor([name in subset for name in self.names], device=self.present.device)
        return replace(self, present=self.present & chosen.unsqueeze(1), complete=False)

    def select(self, rows: Tensor) -> "Encoding":
        """Return the rows that the mask ``rows``, (B,) bool, selects."""
        return Encoding(
            self.names,
            _rows(self.content, rows),
            self.present[:, rows],
            {name: _rows(style, rows) for name, style in self.styles.items()},
            {name: value[rows] for name, value in self.values.items()},
        )

    def repeat(self, draws: int) -> "Encoding":
        """Return every row ``draws`` times: draw i of row b stands at place i * B + b."""
        return Encoding(
            self.names,
            _repeated(self.content, draws),
            self.present.repeat(1, draws),
            {name: _repeated(style, draws) for name, style in self.styles.items()},
            {n: x.repeat(draws, *[1] * (x.dim() - 1)) for n, x in self.values.items()},
            self.complete,
        )


class Inference(nn.Module, ABC):
    """The joint posterior :math:`q(c | x_K)` for every subset K of the modalities.

    `mmcore.fusion.Fusion`, the mean of unimodal experts, is one implementation; a joint encoder or a
    network for each subset are others.

    MUST: `forward`.

    MAY: `start_rows`, `start`.

    Subclass requirements:
        - a row depends on its present modalities, see ``encoding.present``, and on no other row;
        - the result of a row without any modality is arbitrary; it is not used.
    """

    @abstractmethod
    def forward(self, encoding: Encoding, noise: Noise | None = None) -> LatentDistribution:
        """Return the posterior of each row; ``noise`` is for an implementation that draws."""

    @property
    def start_rows(self) -> int:
        """The most training samples from which `start` sets parameters; 0, the default, for none."""
        return 0

    def start(self, batch: Batch) -> None:
        """Set the first parameters of the model from training samples; the default does nothing."""
        return None


def _rows(q: Gaussian, rows: Tensor) -> Gaussian:
    return Gaussian(q.loc[..., rows, :], q.logvar[..., rows, :])


def _repeated(q: Gaussian, draws: int) -> Gaussian:
    copies = [1] * (q.loc.dim() - 2) + [draws, 1]
    return Gaussian(q.loc.repeat(copies), q.logvar.repeat(copies))
