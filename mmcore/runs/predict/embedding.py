"""The joint representation of each record, with its uncertainty."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from mmcore.inference.information import information
from mmcore.inference.subsets import subset_name
from mmcore.model import Model
from mmcore.runs.predict.query import Asked, Chunk

__all__ = ["embed", "what_is_there"]

CHUNK = 1000


@torch.no_grad()
def embed(asked: Asked, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Yield the joint representation of every record, some records at a time.

    The columns are the id; ``split``; ``given``, what was there, as ``a+b``; ``mean_0`` .. and ``sd_0``
    .., mean and standard deviation of each dimension of q(c | X) as `Model.infer` has it; and
    ``nats.NAME``, what each modality added (see `mmcore.inference.information`), empty where it was
    not there.

    Arguments:
        asked: model and records.
        seed: of estimates, where the posterior is not Gaussian.
    """
    for chunk in asked.chunks(CHUNK, seed):
        yield _frame(asked, chunk)


def what_is_there(model: Model, chunk: Chunk) -> list[str]:
    """Return the name of the subset of modalities that each record has."""
    masks = np.stack([chunk.present[name] for name in model.names], axis=1)
    names = np.array(model.names)
    return [subset_name(names[row].tolist()) for row in masks]


def _frame(asked: Asked, chunk: Chunk) -> pd.DataFrame:
    model = asked.model
    posterior = model.inference(chunk.encoding)
    told = information(model.prior, model.inference, chunk.encoding, chunk.noise.at("embed"))
    columns = {
        asked.key: chunk.ids,
        "split": chunk.part.split,
        "given": what_is_there(model, chunk),
    }
    for name, values in (("mean", posterior.mean), ("sd", posterior.stddev)):
        columns |= {f"{name}_{d}": v for d, v in enumerate(values.cpu().double().numpy().T)}
    nats = told.nats.cpu().double().numpy()
    return pd.DataFrame(columns | {f"nats.{n}": v for n, v in zip(model.names, nats, strict=True)})
