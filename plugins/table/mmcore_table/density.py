"""Choice of a normal likelihood for columns of whole numbers, by the density of held-out cells."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from mmcore_table.decoder import RowDecoder
from mmcore_table.layout import Layout
from mmcore_table.settings import Column, Kind

__all__ = ["COMPARED", "LEAST_ROWS", "MOST_COLUMNS", "MOST_ROWS", "likelier_as_real"]

COMPARED: tuple[Kind, ...] = ("count", "zero-inflated", "ordered")
LEAST_ROWS, MOST_ROWS, MOST_COLUMNS, MOST_DECODED = 60, 400, 1000, 300
"""Rows and columns of a table, and columns whose densities are computed."""
HELD_OUT = 3
"""One of three rows is held out."""
COMPONENTS, COLUMNS_EACH = 5, 3
"""Most principal components, and columns for each of them."""
ROUNDS = 30
CLEAR, CLEAR_ALONE, LEAST_GAIN, MOST_GAIN = 2.0, 3.0, 0.02, 5.0
"""Standard errors from which a difference is clear for all columns and for one, and the smallest clear
difference of one and the largest of a cell, in nats."""
DOMINATED = 0.8
"""Share of its most frequent number from which a column decides nothing."""


def likelier_as_real(x: np.ndarray, kinds: Sequence[Kind]) -> np.ndarray:
    """Return which counts and ordered columns have a higher held-out density with a normal likelihood, (C,).

    Two models without networks are fitted to two thirds of the rows, one with the kinds and one with normal
    likelihoods in place of them. Each column depends on a few principal components of all columns. The
    density of a whole number is the probability of the interval of length 1 around it. A column without a
    clear difference follows all such columns together.

    Arguments:
        x: at most `MOST_ROWS` rows, (N, C), NaN where missing; fewer than `LEAST_ROWS` decide nothing.
        kinds: of the columns.
    """
    candidate = np.array([kind in COMPARED for kind in kinds])
    places = np.random.default_rng(0).permutation(np.flatnonzero(candidate))[:MOST_DECODED]
    if len(x) < LEAST_ROWS or not len(places):
        return np.zeros(len(candidate), dtype=bool)
    reals: list[Kind] = [
        "real" if own else kind for own, kind in zip(candidate, kinds, strict=True)
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        difference = _densities(x, reals, places) - _densities(x, kinds, places)
    difference = difference.clip(-MOST_GAIN, MOST_GAIN)
    varied = np.array([_mode_share(cells) < DOMINATED for cells in x[:, places].T])
    gains, scores = _clearness(difference)
    clear = varied & (np.abs(scores) >= CLEAR_ALONE) & (np.abs(gains) >= LEAST_GAIN)
    unclear = np.nansum(difference[:, varied & ~clear], 1, keepdims=True)
    together = bool(_clearness(unclear)[1][0] >= CLEAR)
    chosen = candidate & together
    chosen[places] = np.where(clear, scores > 0, together)
    return chosen


def _clearness(difference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over rows, (H, K), and the mean in standard errors, 0 where all are equal."""
    known = ~np.isnan(difference)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, difference, 0).sum(0) / count
    spread = np.sqrt(np.where(known, (difference - mean) ** 2, 0).sum(0)) / count
    return mean, mean / np.where(spread > 0, spread, np.inf)


def _mode_share(cells: np.ndarray) -> float:
    counts = np.unique(cells[~np.isnan(cells)], return_counts=True)[1]
    return float(counts.max() / counts.sum()) if len(counts) else 1.0


def _densities(x: np.ndarray, kinds: Sequence[Kind], places: np.ndarray) -> np.ndarray:
    """Return the log density of the held-out cells of some columns, (H, K), NaN where missing."""
    pairs = [_column(cells, kind) for cells, kind in zip(x.T, kinds, strict=True)]
    cells = torch.from_numpy(np.stack([own for _, own in pairs], 1)).to(torch.get_default_dtype())
    held_out = torch.arange(len(cells)) % HELD_OUT == 0
    features = _components(Layout([column for column, _ in pairs])(cells), held_out)
    own = cells[:, places]
    decoder = RowDecoder(Layout([pairs[place][0] for place in places]), features.shape[1], 0)
    _fit(decoder, features[~held_out], own[~held_out])
    return _held_out(decoder, features[held_out], own[held_out])


def _column(cells: np.ndarray, kind: Kind) -> tuple[Column, np.ndarray]:
    """Return a column with its moments, and its cells as the likelihood has them."""
    if kind in ("ordered", "binary"):
        levels = np.unique(cells[~np.isnan(cells)])
        cells = np.where(np.isnan(cells), np.nan, np.searchsorted(levels, cells))
        half, names = max(len(levels) - 1, 1) / 2, tuple(map(str, levels))
        return Column(name="", kind=kind, loc=half, scale=half, categories=names), cells
    known = cells[~np.isnan(cells)]
    known = np.log1p(known) if kind in ("count", "zero-inflated") else known
    loc, scale = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
    return Column(name="", kind=kind, loc=loc, scale=scale if scale > 0 else 1.0), cells


def _components(features: Tensor, held_out: Tensor) -> Tensor:
    """Return principal components of the features, (N, P), of the scale of the rows that are not held out."""
    train = features[~held_out]
    center, scale = train.mean(0), train.std(0)
    scaled = (features - center) / scale.masked_fill(scale < 1e-6, 1.0)
    # Each column has a flag among the features as well.
    size = min(COMPONENTS, features.shape[1] // (2 * COLUMNS_EACH))
    if not size:
        return torch.zeros_like(scaled[:, :1])
    _, _, right = torch.linalg.svd(scaled[~held_out], full_matrices=False)
    scores = scaled @ right[:size].T
    spread: Tensor = scores[~held_out].std(0)
    return scores / spread.clamp_min(1e-6)


def _fit(decoder: RowDecoder, features: Tensor, cells: Tensor) -> None:
    torch.nn.init.zeros_(decoder.linear.weight)
    torch.nn.init.zeros_(decoder.linear.bias)
    optimizer = torch.optim.LBFGS(
        decoder.parameters(), max_iter=ROUNDS, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        nll = -decoder(features, features[:, :0]).log_prob(cells).sum()
        total = (nll + 0.5 * decoder.linear.weight.square().sum()) / len(cells)
        total.backward()
        return total

    optimizer.step(loss)


@torch.no_grad()
def _held_out(decoder: RowDecoder, features: Tensor, cells: Tensor) -> np.ndarray:
    likelihood = decoder(features, features[:, :0])
    log_p = likelihood.log_prob_of_cells(cells)
    for group in likelihood.groups:
        if isinstance(group.cells, Normal):
            log_p[:, group.places] = _log_mass(group.cells, cells[:, group.places])
    return np.asarray(log_p.masked_fill(cells.isnan(), torch.nan).double())


def _log_mass(cells: Normal, x: Tensor) -> Tensor:
    """Return the log probability of the interval of length 1 around x."""
    away = (x - cells.loc).abs().double()
    scale = cells.scale.double()
    # Both ends on the left side of the mean, where the distribution function does not round to 1.
    upper, lower = (torch.special.log_ndtr((end - away) / scale) for end in (0.5, -0.5))
    return (upper + torch.log(-torch.expm1(lower - upper))).to(x.dtype)
