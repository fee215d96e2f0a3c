"""Mixing of batches: whether the nearest neighbours of a record are of all batches, before and after."""

import numpy as np
import torch
from pydantic import BaseModel
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from mmcore.data import Samples
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.predictive import units
from mmcore.inference.representation.batches import encoded_batches
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.errors import jackknife_error
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import Column, Table

__all__ = ["MixingMetric", "mixing"]

NEIGHBOURS, CHUNK = 30, 1000
OBSERVED, SHARED = "observed values", "shared representation"


class MixingMetric(Metric[BaseModel]):
    """The mixing of batches in the observed values and in the posterior means."""

    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table with a row for the observed values and one for the representation."""
        data = subject.data
        if data.train.batches is None:
            raise MmcoreError(
                "only a study with batches has a mixing of batches; its file names them under 'batch'"
            )
        parts = [_of_split(subject, samples) for samples in (data.train, data.test)]
        observed = torch.cat([part[0] for part in parts])
        content = torch.cat([part[1] for part in parts])
        sites = np.concatenate([part[2] for part in parts])
        spaces = {OBSERVED: _reduced(observed, content.shape[1]), SHARED: content.numpy()}
        rows, errors = {}, {}
        for name, x in spaces.items():

            def of(indices: Tensor, x: np.ndarray = x) -> float:
                return mixing(x[indices.numpy()], sites[indices.numpy()])

            rows[name] = (of(torch.arange(len(sites))),)
            errors[name] = (jackknife_error(of, len(sites), subject.settings.seed),)
        table = Table(
            name="mixing of batches",
            topic="embedding",
            row_label="space",
            about=ABOUT,
            columns=(Column(name="mixing", best="high"),),
            rows=rows,
            errors=errors,
            n=len(sites),
        )
        return Measured([table])


def mixing(x: np.ndarray, sites: np.ndarray) -> float:
    """Return the share of neighbours of other batches, divided by its expectation for random batches.

    The mean over the records of each batch, and then over the batches: each batch counts alike.

    Shapes:
        x: (N, D). sites: (N,), the batch of each record.

    References:
        Buettner, Miao, Wolf, Teichmann, Theis (2019), kBET; Korsunsky and others (2019), LISI.

    Example:
        >>> apart = np.repeat([[0.0], [9.0]], 40, axis=0) + np.linspace(0, 1, 80)[:, None]
        >>> mixing(apart, np.repeat([0, 1], 40))
        0.0
    """
    number = max(1, min(NEIGHBOURS, len(x) // 10))
    places = NearestNeighbors(n_neighbors=number).fit(x).kneighbors(return_distance=False)
    others = (sites[places] != sites[:, None]).mean(1)
    names, counts = np.unique(sites, return_counts=True)
    expected = (len(x) - counts) / (len(x) - 1)
    means = [others[sites == name].mean() for name in names]
    return float(np.mean(np.array(means) / expected))


@torch.no_grad()
def _of_split(subject: Subject, samples: Samples) -> tuple[Tensor, Tensor, np.ndarray]:
    """Return the observed numbers in units, (N, W), posterior means, (N, D), and batches of samples."""
    model, seed = subject.model, subject.settings.seed
    generator = torch.Generator().manual_seed(derived_seed("mixing", seed))
    indices = torch.randperm(len(samples), generator=generator)[: subject.settings.rows]
    means = [
        model.inference(batch.encoding).mean.cpu()
        for batch in encoded_batches(model, samples, indices, CHUNK, seed)
    ]
    assert samples.batches is not None, "checked by the caller"
    assert samples.ids is not None, "a study has ids"
    sites = samples.batches.codes(samples.ids[indices.numpy()])
    return _observed(model, samples, indices), torch.cat(means).double(), sites


def _observed(model: Model, samples: Samples, indices: Tensor) -> Tensor:
    """Return the numbers of the modalities with batches, NaN where missing, in their units."""
    batch = samples.fetch(indices, Noise(len(indices))).to(model.device)
    assert batch.sites is not None, "the study has batches"
    numbers = []
    for name, raw in batch.values.items():
        modality = model.codec[name]
        if modality.shift(batch.sites) is not None:
            x, absent = modality.prepare(raw), ~batch.present[name]
            unit = units(modality, x)
            own = (x / unit)[:, ~unit.isnan()]
            numbers.append(own.masked_fill(absent.unsqueeze(1), torch.nan))
    return torch.cat(numbers, 1).cpu().double()


def _reduced(numbers: Tensor, dims: int) -> np.ndarray:
    """Return the first principal components, where missing numbers are the means of their columns."""
    filled = torch.where(numbers.isnan(), numbers.nanmean(0), numbers).nan_to_num().numpy()
    size = min(dims, *filled.shape)
    reduced: np.ndarray = PCA(size, random_state=0).fit_transform(filled)
    return reduced


ABOUT = (
    f"Among the {NEIGHBOURS} nearest records of each record (a tenth of all, if they are fewer), the share of"
    " other batches, divided by the share that is expected if batches are at random: 0 if batches are apart,"
    " 1 if they are mixed as at random. Each batch counts alike. 'observed values' are the first principal"
    " components of the numbers, as many as the shared representation has dimensions. A difference between"
    " batches that is biology, such as other patients, is mixed less than at random, and should be."
)
