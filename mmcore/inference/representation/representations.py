"""Posterior means given every subset; every encoder runs once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.data import Source
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.subsets import subset_name, subsets
from mmcore.model import Model
from mmcore.noise import derived_seed
from mmcore.objectives.draws import stacked
from mmcore.objectives.terms import style_divergences

__all__ = ["AVAILABLE", "Representations", "represent"]

AVAILABLE = "(all available)"
"""Name of the representation given all modalities that each sample has."""

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Representations:
    """Posterior means of N samples.

    Shapes:
        content[subset]: (N, D), posterior means given the modalities of the subset.
        styles[name]: (N, D_m), posterior means of the modality-specific subspaces with D_m > 0.
        labels: (N,) or (N, L), `UNKNOWN` for a sample without a label.
        present[subset]: (N,), whether a sample has all of the subset; all do if it is left out.
        style_nats[name]: (N,), KL(q(s_m | x_m) || p(s_m)); 0 where the sample lacks the modality. Its mean
            bounds the information in draws of the style; empty if it is not known.
    """

    content: Mapping[str, Tensor]
    styles: Mapping[str, Tensor]
    labels: Tensor
    present: Mapping[str, Tensor] = field(default_factory=dict)
    style_nats: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every sample has every modality."""
        return all(bool(mask.all()) for mask in self.present.values())

    def complete(self) -> "Representations":
        """Return the samples that have all modalities: scores of subsets are comparable on them only."""
        if self.is_complete:
            return self
        rows = torch.stack(list(self.present.values())).all(0)
        fields = (self.content, self.styles, self.present, self.style_nats)
        content, styles, present, nats = (
            {name: values[rows] for name, values in own.items()} for own in fields
        )
        return Representations(content, styles, self.labels[rows], present, nats)


@torch.no_grad()
def represent(model: Model, source: Source, rows: int, seed: int = 0) -> Representations:
    """Return the representations of ``rows`` samples, drawn without replacement."""
    generator = torch.Generator().manual_seed(derived_seed("represent", seed))
    indices = torch.randperm(len(source), generator=generator)[:rows]
    batches = encoded_batches(model, source, indices, CHUNK, seed)
    parts = [_means(model, batch) for batch in batches]
    present = {name: torch.cat([p.present[name] for p in parts]) for name in parts[0].present}
    content = {name: torch.cat([p.content[name] for p in parts]) for name in parts[0].content}
    return Representations(
        {**content, AVAILABLE: content[subset_name(model.names)]},
        {name: torch.cat([p.styles[name] for p in parts]) for name in parts[0].styles},
        torch.cat([part.labels for part in parts]),
        present,
        {name: torch.cat([p.style_nats[name] for p in parts]) for name in parts[0].style_nats},
    )


def _means(model: Model, batch: EncodedBatch) -> Representations:
    encoding = batch.encoding
    labels = torch.full((encoding.rows,), UNKNOWN) if batch.labels is None else batch.labels
    content = {
        subset_name(subset): model.inference(encoding.restrict(subset)).mean.cpu()
        for subset in subsets(model.names)
    }
    styles = {n: q.mean.cpu() for n, q in encoding.styles.items() if q.mean.shape[-1]}
    masks = dict(zip(model.names, encoding.present.cpu(), strict=True))
    present = {
        subset_name(subset): torch.stack([masks[name] for name in subset]).all(0)
        for subset in subsets(model.names)
    }
    nats = style_divergences(model.codec, encoding, stacked(encoding.styles), batch.noise)
    return Representations(
        content, styles, labels, present, {name: kl.cpu() for name, kl in nats.items()}
    )
