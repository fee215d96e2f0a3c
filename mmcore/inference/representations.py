"""Posterior means of every subset, with every encoder run once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.data import Source
from mmcore.inference.subsets import subset_name, subsets
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed

__all__ = ["WHATEVER", "Representations", "represent"]

WHATEVER = "(whatever is there)"
"""The name of what is given where samples have holes: all that each has."""

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Representations:
    """What a model makes of N samples.

    Shapes:
        content[subset]: (N, D), posterior means given the modalities of the subset.
        styles[name]: (N, D_m), posterior means of modality-specific subspaces of size over 0.
        labels: (N,), `UNKNOWN` for a sample that has none.
        present[subset]: (N,), whether a sample has all of the subset; all do where it is left out.
    """

    content: Mapping[str, Tensor]
    styles: Mapping[str, Tensor]
    labels: Tensor
    present: Mapping[str, Tensor] = field(default_factory=dict)


@torch.no_grad()
def represent(model: Model, source: Source, rows: int, seed: int = 0) -> Representations:
    """Return the representations of ``rows`` samples that are drawn without replacement."""
    generator = torch.Generator().manual_seed(derived_seed("represent", seed))
    indices = torch.randperm(len(source), generator=generator)[:rows]
    parts = [_chunk(model, source, chunk, seed) for chunk in indices.split(CHUNK)]
    present = {name: torch.cat([p.present[name] for p in parts]) for name in parts[0].present}
    content = {name: torch.cat([p.content[name] for p in parts]) for name in parts[0].content}
    return Representations(
        {**content, WHATEVER: content[subset_name(model.names)]},
        {name: torch.cat([p.styles[name] for p in parts]) for name in parts[0].styles},
        torch.cat([part.labels for part in parts]),
        present,
    )


def _chunk(model: Model, source: Source, indices: Tensor, seed: int) -> Representations:
    batch = source.fetch(indices, Noise(len(indices), seed=seed, step=int(indices[0])))
    labels = torch.full((len(batch),), UNKNOWN) if batch.labels is None else batch.labels
    encoding = model.codec.encode(batch.to(model.device))
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
    return Representations(content, styles, labels, present)
