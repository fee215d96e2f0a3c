"""A ridge regression of each table from all others, whose predictions are mixed with those of a model."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import torch
from pydantic import Field
from torch import Tensor

from mmcore import __version__
from mmcore.codec import Codec
from mmcore.config.base import Frozen, Positive, Share
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.factors import Factors, ridge_scores
from mmcore.fitted import REGRESSION, header_in, write_fitted
from mmcore.saving import check_finite, read_tensors
from mmcore.storage.schemas import validated
from mmcore.storage.versions import FITTED_FILE

__all__ = [
    "Mixing",
    "Regression",
    "RegressionDescription",
    "features_of",
    "mixed_noise",
    "read_regression",
    "write_regression",
]


class Mixing(Frozen):
    """Settings of the regression of a modality."""

    penalty: Positive = Field(description="lambda of the ridge regression")
    weight: Share = Field(description="of the regression; the model has the rest")


class RegressionDescription(Frozen):
    """The description of a fitted regression, in the header of its file."""

    format: int = FITTED_FILE.newest
    mmcore: str = __version__
    features: dict[str, int] = Field(
        description="by modality, the number of its features, in order"
    )
    whole: dict[str, Mixing] = Field({}, description="of records that lack the modality")
    cells: dict[str, Mixing] = Field({}, description="of records that lack cells of the modality")
    noise: dict[str, Positive] = Field(
        {},
        description="by modality, the factor of the noise of mixed predictions; else that of the model",
    )

    def __str__(self) -> str:
        kinds = (("", self.whole), ("cells of ", self.cells))
        return ", ".join(f"{of}{n} {m.weight:.2f}" for of, by in kinds for n, m in by.items())


@final
@dataclass(frozen=True, slots=True)
class Regression:
    r"""Ridge regressions of numbers, for every pattern of observed cells, mixed with a model.

    The mean of a missing number is :math:`(1 - w)\, m + w\, r`: m is the mean of the model, r that of the
    regression. All draws are moved by :math:`w (r - m)`, so that they agree with the mean.

    Arguments:
        description: of the modalities, with penalties and weights w.
        factors: covariance of the features of all modalities, see `mmcore.factors.ridge_factors`.

    References:
        Wolpert (1992), "Stacked generalization"; Breiman (1996), "Stacked regressions".
    """

    description: RegressionDescription
    factors: Factors

    @property
    def names(self) -> set[str]:
        """The modalities with a weight above 0."""
        kinds = (self.description.whole, self.description.cells)
        return {name for by in kinds for name, mixing in by.items() if mixing.weight}

    def with_noise(self, noise: Mapping[str, float]) -> "Regression":
        """Return the regression with factors of the noise of mixed predictions, by modality."""
        update = {"noise": dict(noise)}
        return replace(self, description=self.description.model_copy(update=update))

    def scores(self, features: Tensor, penalties: Sequence[float]) -> Tensor:
        """Return the scores of rows with several penalties, (P, B, D), see `mmcore.factors.ridge_scores`.

        They are NaN for rows without a feature.

        Arguments:
            features: of the rows, (B, F), see `features_of`.
            penalties: lambda, P of them.
        """
        scores = ridge_scores(self.factors, features, penalties)
        return scores.masked_fill(features.isnan().all(1).unsqueeze(1), torch.nan)

    def predicted(self, codec: Codec, scores: Tensor, name: str) -> Tensor:
        """Return the predictions of a modality, (P, B, *E), NaN for values that are no numbers.

        Arguments:
            codec: the modalities.
            scores: of the rows, (P, B, D).
            name: the modality.
        """
        sizes = self.description.features
        first = sum(sizes[other] for other in list(sizes)[: list(sizes).index(name)])
        own = self.factors.of(slice(first, first + sizes[name])).expected(scores)
        values = codec[name].linear_values(own.flatten(0, 1).to(codec.prior.mean))
        assert values is not None, "as for the fit"
        parts: Tensor = values.unflatten(0, own.shape[:2])
        return parts

    def shift(self, codec: Codec, encoding: Encoding, name: str, mean: Tensor) -> Tensor:
        """Return what is added to the predictions of a model, (B, *E), 0 where the regression has none.

        Arguments:
            codec: the modalities.
            encoding: the rows, with the observed values.
            name: the modality.
            mean: of the predictions of the model, (B, *E).
        """
        has, total = encoding.has((name,)), torch.zeros_like(mean)
        for rows, mixings in ((~has, self.description.whole), (has, self.description.cells)):
            mixing = mixings.get(name)
            if mixing is not None and mixing.weight and bool(rows.any()):
                own = encoding.select(rows)
                features = features_of(codec, self.description.features, own)
                scores = self.scores(features, (mixing.penalty,))
                (guess,) = self.predicted(codec, scores, name)
                total[rows] = (mixing.weight * (guess - mean[rows])).nan_to_num(nan=0.0)
        return total


@contextmanager
def mixed_noise(codec: Codec, name: str, regression: Regression | None) -> Iterator[None]:
    """Decode a modality with the noise of mixed predictions, whose errors are smaller.

    Afterwards it has the noise of the model again, with which records are scored.

    Arguments:
        codec: the modalities.
        name: the modality.
        regression: whose predictions are mixed; None for those of the model.
    """
    factor = codec[name].noise_factor()
    mixed = None if regression is None else regression.description.noise.get(name)
    if factor is None or mixed is None:
        yield
        return
    own = factor.clone()
    factor.fill_(mixed)
    try:
        yield
    finally:
        factor.copy_(own)


def features_of(codec: Codec, sizes: Mapping[str, int], encoding: Encoding) -> Tensor:
    """Return the linear features of all modalities side by side, (B, F) on the CPU, NaN where missing.

    Arguments:
        codec: the modalities.
        sizes: number of features of each modality.
        encoding: the rows.
    """
    parts = []
    for name, size in sizes.items():
        part = encoding.present.new_full((encoding.rows, size), torch.nan, dtype=torch.double)
        if name in encoding.values:
            own = codec[name].linear_features(encoding.values[name])
            assert own is not None, "as for the fit"
            part = own.double().masked_fill(~encoding.has((name,)).unsqueeze(1), torch.nan)
        parts.append(part)
    return torch.cat(parts, 1).cpu()


def write_regression(folder: Path, regression: Regression | None) -> None:
    """Write the regression into the folder of a model, see `mmcore.fitted.write_fitted`."""
    if regression is None:
        write_fitted(folder, REGRESSION, None, {})
        return
    factors = regression.factors
    tensors = {"loadings": factors.loadings.float(), "offset": factors.offset.float()}
    write_fitted(folder, REGRESSION, regression.description, tensors)


def read_regression(folder: Path) -> Regression | None:
    """Return the regression in the folder of a model; None if it has none.

    Raises:
        MmcoreError: the file is damaged.
    """
    header, path = header_in(folder, REGRESSION), folder / REGRESSION
    if header is None:
        return None
    where = f"the header of '{path}'"
    description = validated(header, RegressionDescription, where, FITTED_FILE)
    tensors = dict(read_tensors(path))
    size = sum(description.features.values())
    shapes = {n: x.shape[:1] if n == "loadings" else x.shape for n, x in tensors.items()}
    if shapes != {"loadings": (size,), "offset": (size,)} or tensors["loadings"].dim() != 2:
        raise MmcoreError(f"'{path}' has no regression of {size} features; copy the model again")
    check_finite(tensors, f"'{path}'")
    loadings, offset = tensors["loadings"].double(), tensors["offset"].double()
    return Regression(description, Factors(loadings, offset, *[torch.ones_like(offset)] * 2))
