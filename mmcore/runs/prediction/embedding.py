"""The joint representation of each record, with its uncertainty."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch

from mmcore.inference.explanation.information import information
from mmcore.inference.representation.subsets import subset_name
from mmcore.model import Model
from mmcore.runs.prediction.query import Chunk, Query

__all__ = ["CHUNK", "embed", "present_modalities"]

CHUNK = 1000
"""Records that are embedded at a time."""

Assign = Callable[[np.ndarray], np.ndarray]


@torch.no_grad()
def embed(query: Query, seed: int = 0, assign: Assign | None = None) -> Iterator[pd.DataFrame]:
    """Yield the joint representation of every record, some records at a time.

    The columns are the id; ``split``; ``given``, its modalities, as ``a+b``; ``mean_0`` .. and ``sd_0``
    .., mean and standard deviation of each dimension of q(c | X), see `Model.infer`; and
    ``nats.NAME``, the information that each modality adds (see `mmcore.inference.information`), empty if
    the record lacks it. With ``assign`` there is ``cluster``.

    Arguments:
        query: model and records.
        seed: of estimates, if the posterior is not Gaussian.
        assign: from posterior means, (N, D), to clusters, (N,), such as
            `mmcore.runs.prediction.clusters.Clustering.assign`.
    """
    for chunk in query.chunks(CHUNK, seed):
        yield _frame(query, chunk, assign)


def present_modalities(model: Model, chunk: Chunk) -> list[str]:
    """Return the name of the subset of modalities that each record has."""
    masks = np.stack([chunk.present[name] for name in model.names], axis=1)
    names = np.array(model.names)
    return [subset_name(names[row].tolist()) for row in masks]


def _frame(query: Query, chunk: Chunk, assign: Assign | None) -> pd.DataFrame:
    model = query.model
    posterior = model.inference(chunk.encoding)
    added = information(model.prior, model.inference, chunk.encoding, chunk.noise.at("embed"))
    columns = {
        query.key: chunk.ids,
        "split": chunk.split.name,
        "given": present_modalities(model, chunk),
    }
    if assign is not None:
        columns["cluster"] = assign(posterior.mean.cpu().double().numpy())
    for name, values in (("mean", posterior.mean), ("sd", posterior.stddev)):
        columns |= {f"{name}_{d}": v for d, v in enumerate(values.cpu().double().numpy().T)}
    nats = added.nats.cpu().double().numpy()
    return pd.DataFrame(columns | {f"nats.{n}": v for n, v in zip(model.names, nats, strict=True)})
