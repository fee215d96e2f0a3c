"""The encoders, decoders and priors of a model, run over a batch with missing modalities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore.batch import Batch
from mmcore.data.view import View
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.modality import Modality, Posterior
from mmcore.plugins import Context
from mmcore.priors import IndependentPrior, Prior, StandardPrior

__all__ = ["Codec", "ModelContext"]

_MODALITY, _PRIOR = "modality:", "prior:"


class Codec(nn.Module):
    """The generative model p(c) p(s) p(x | c, s), and the encoder of each modality.

    Arguments:
        modalities: the modalities, in the order of every (M, ...) tensor.
        style_dims: size of each modality's own subspace.
        prior: p(c), over the content.
        style_priors: p(s_m), by modality; N(0, I) if left out.
    """

    prior: Prior

    def __init__(
        self,
        modalities: Mapping[str, Modality],
        style_dims: Mapping[str, int],
        prior: Prior,
        style_priors: Mapping[str, Prior] | None = None,
    ) -> None:
        super().__init__()
        self.names = tuple(modalities)
        self.style_dims = dict(style_dims)
        self.prior = prior
        standard = {name: StandardPrior(size) for name, size in style_dims.items()}
        # The prefix keeps names such as "type" or "values" apart from a module's own attributes.
        for name, modality in modalities.items():
            self.add_module(_MODALITY + name, modality)
            self.add_module(_PRIOR + name, {**standard, **(style_priors or {})}[name])

    @property
    def modalities(self) -> dict[str, Modality]:
        """The modalities by name."""
        return {name: self[name] for name in self.names}

    @property
    def stored(self) -> dict[str, Callable[[View], View]]:
        """The functions `Modality.stored` by modality."""
        return {name: modality.stored for name, modality in self.modalities.items()}

    def __getitem__(self, name: str) -> Modality:
        module = self._modules.get(_MODALITY + name)
        if not isinstance(module, Modality):
            raise MmcoreError(
                f"this model has no modality '{name}', it has {listed(self.names)}"
                + nearest(name, self.names)
            )
        return module

    def style_prior(self, name: str) -> Prior:
        """Return p(s_m), the prior over the style of a modality."""
        prior = self._modules[_PRIOR + name]
        assert isinstance(prior, Prior), "added as one"
        return prior

    @property
    def latent_prior(self) -> IndependentPrior:
        """The priors of content and styles, in the order of the modalities."""
        styles = {name: self.style_prior(name) for name in self.names}
        return IndependentPrior(self.prior, styles)

    def encode(self, batch: Batch) -> Encoding:
        """Return the posteriors of a batch; the encoder of each modality in ``batch.values`` runs once.

        A modality that is not in ``batch.values`` is missing in every row.
        """
        present = self._present(batch)
        raw = {name: self._raw(name, batch) for name in self.names if name in batch.values}
        values = {name: self._without_shift(name, x, batch) for name, x in raw.items()}
        posteriors = {
            n: self._posterior(n, raw[n], x, batch.indices.get(n)) for n, x in values.items()
        }
        for name in posteriors.keys() - batch.complete:
            posteriors[name] = posteriors[name].where(batch.present[name])
        styles = {name: q.style for name, q in posteriors.items()}
        complete = batch.complete.issuperset(self.names)
        content = self._content(posteriors)
        return Encoding(self.names, content, present, styles, values, complete, batch.indices)

    def prepared(self, batch: Batch) -> dict[str, Tensor]:
        """Return the values that are encoded and scored, by modality: prepared, as of the reference batch."""
        given = {name: batch.values[name] for name in self.names if name in batch.values}
        return {name: self._without_shift(name, raw, batch) for name, raw in given.items()}

    def decode(self, name: str, content: Tensor, style: Tensor) -> Distribution:
        """Return p(x_m | c, s_m) of one modality for (B, D) content and (B, D_m) style."""
        return self[name].decode(content, style)

    def _without_shift(self, name: str, raw: Tensor, batch: Batch) -> Tensor:
        x = self[name].prepare(raw)
        shift = None if batch.sites is None else self[name].shift(batch.sites)
        if shift is None:
            return x
        present = batch.present[name].reshape(-1, *[1] * (x.dim() - 1))
        return x - shift.where(present, 0.0)

    def _posterior(self, name: str, raw: Tensor, x: Tensor, indices: Tensor | None) -> Posterior:
        if indices is None:
            return self[name].encode_stored(raw, x).bounded()
        q = self[name].encode_stored(raw[indices], x[indices]).bounded()
        return q.scattered(indices, len(x))

    def _present(self, batch: Batch) -> Tensor:
        absent = torch.zeros_like(next(iter(batch.present.values())))
        return torch.stack([batch.present.get(name, absent) for name in self.names])

    def _content(self, posteriors: Mapping[str, Posterior]) -> Gaussian:
        experts = [posteriors[name].content for name in self.names if name in posteriors]
        if len(experts) < len(self.names):
            absent = Gaussian.standard_like(experts[0])
            experts = [posteriors[n].content if n in posteriors else absent for n in self.names]
        loc = torch.stack([q.loc for q in experts])
        return Gaussian(loc, torch.stack([q.logvar for q in experts]))

    def _raw(self, name: str, batch: Batch) -> Tensor:
        raw, present = batch.values[name], batch.present[name]
        if name in batch.complete:
            return raw
        return raw.masked_fill(~present.reshape(-1, *[1] * (raw.dim() - 1)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContext(Context):
    """The context of a component that is made for the encoders and decoders of a model.

    Arguments:
        codec: the encoders, the decoders and the priors.
    """

    codec: Codec

    @property
    def modalities(self) -> dict[str, Modality]:
        """The modalities by name."""
        return self.codec.modalities
