"""The log-likelihood of records, compared with that of training records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ScoreSettings
from mmcore.encoding import Encoding
from mmcore.inference.likelihood.importance import scorers_of, scorings_of
from mmcore.inference.likelihood.importance_sampling import (
    ImportanceEstimate,
    affordable_rows,
    log_likelihood,
    rows_at_once,
)
from mmcore.inference.representation.subsets import subset_name
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.runs.prediction.embedding import present_modalities
from mmcore.runs.prediction.query import Chunk, Query
from mmcore.scoring import Scorer

__all__ = ["Reference", "score"]

LEAST_COMPARED, MOST_COMPARED, COMPARED_NUMBERS = 50, 500, 1 << 21
"""Training records of the comparison, and numbers in all of them."""


class Reference:
    """log p(x_K) of training records, for every subset K of modalities that a record has.

    A record is compared with training records that have all of its modalities; their other modalities
    are hidden. 500 training records are drawn, and fewer if values are wide, as they are scored once for
    every subset.

    Arguments:
        query: over the training records; None if they cannot be read, then there is no percentile.
        settings: as records are scored.
        progress: called with a subset and the finished share of its training records, below 1.
    """

    def __init__(
        self,
        query: Query | None,
        settings: ScoreSettings,
        progress: Callable[[str, float], None] = lambda subset, share: None,
    ) -> None:
        self._settings, self._progress = settings, progress
        self._all = 0 if query is None else len(query)
        self._query = None if query is None else _sample(query, settings.seed)
        self._by_subset: dict[tuple[str, ...], np.ndarray] = {}
        self._encoded: list[tuple[Chunk, dict[str, Scorer]]] = []

    @property
    def notes(self) -> list[str]:
        """A remark if the width of the values limits the number of training records."""
        if self._query is None:
            return []
        compared = len(self._query)
        if compared >= min(self._all, MOST_COMPARED):
            return []
        return [
            f"values are so wide that percentiles are among {compared} of {self._all} training records"
        ]

    def percentile(self, given: Sequence[str], log_p: float) -> float:
        """Return the share of training records that are as unlikely or more so, in percent.

        NaN if no training record has all of ``given``.
        """
        key = tuple(given)
        if key not in self._by_subset:
            self._by_subset[key] = self._scores(key)
        scores = self._by_subset[key]
        return 100 * float((scores <= log_p).mean()) if len(scores) else float("nan")

    def _scores(self, given: tuple[str, ...]) -> np.ndarray:
        if self._query is None:
            return np.empty(0)
        model, scores, chunks = self._query.model, [], self._chunks(self._query)
        for number, (chunk, scorers) in enumerate(chunks):
            self._progress(subset_name(given), number / len(chunks))
            rows = chunk.encoding.has(given)
            if bool(rows.any()):
                encoding = chunk.encoding.select(rows).restrict(given)
                noise = _noise(chunk, "reference", rows)
                own = {name: scorers[name].select(rows) for name in given}
                draws = self._settings.samples
                scores.append(_estimate(model, encoding, noise, draws, own).log_p.cpu())
        return torch.cat(scores).double().numpy() if scores else np.empty(0)

    @torch.no_grad()
    def _chunks(self, query: Query) -> list[tuple[Chunk, dict[str, Scorer]]]:
        """Return the encoded training records, and what their likelihoods have in common for all subsets."""
        if not self._encoded:
            codec = query.model.codec
            scorings = scorings_of(codec)
            self._encoded = [
                (chunk, scorers_of(scorings, chunk.encoding))
                for chunk in query.chunks(rows_at_once(codec), self._settings.seed)
            ]
        return self._encoded


@torch.no_grad()
def score(
    query: Query, reference: Reference, settings: ScoreSettings | None = None
) -> Iterator[pd.DataFrame]:
    r"""Yield the log-likelihood of all records, some records at a time.

    The columns are the id; ``split``; ``given``, the modalities of the record; ``log_p``, the
    importance-sampled log p(X) of them, in nats; ``standard_error``, from the draws;
    ``effective_samples``; and ``percentile`` among the training records, 0 for the most unusual. With few
    effective samples, ``log_p`` is too low and its error too small.

    With ``settings.by_modality`` there is ``log_p.NAME`` for each modality of the record: its
    log-likelihood given the others, :math:`\log p(X) - \log p(X_{-m})`, and ``agreement.NAME``, the
    pointwise mutual information :math:`\log p(X) - \log p(X_{-m}) - \log p(x_m)`: below 0 if the modality is
    less likely with the others of its record than by itself, as of swapped samples.
    A modality that is rare in itself has a low ``log_p.NAME`` and no low agreement. A record with
    a single modality has no agreement.

    Arguments:
        query: model and records.
        reference: training records of the percentiles.
        settings: draws, seed, and whether by modality.
    """
    settings = settings or ScoreSettings()
    codec = query.model.codec
    scorings = scorings_of(codec)
    for chunk in query.chunks(rows_at_once(codec), settings.seed):
        yield _frame(query, chunk, scorers_of(scorings, chunk.encoding), reference, settings)


def _frame(
    query: Query,
    chunk: Chunk,
    scorers: dict[str, Scorer],
    reference: Reference,
    settings: ScoreSettings,
) -> pd.DataFrame:
    model, everyone = query.model, torch.ones(len(chunk.ids), dtype=torch.bool)
    noise = _noise(chunk, "score", everyone)
    estimate = _estimate(model, chunk.encoding, noise, settings.samples, scorers)
    log_p, given = estimate.log_p.double().cpu().numpy(), present_modalities(model, chunk)
    columns = {
        query.key: chunk.ids,
        "split": chunk.split.name,
        "given": given,
        "log_p": log_p,
        "standard_error": estimate.draw_error.double().cpu().numpy(),
        "effective_samples": estimate.effective.double().cpu().numpy(),
        "percentile": [
            reference.percentile([n for n in model.names if chunk.present[n][row]], value)
            for row, value in enumerate(log_p)
        ],
    }
    if settings.by_modality:
        for name in model.names:
            rest, alone = _apart(model, chunk, name, scorers, settings)
            conditional = estimate.log_p - rest
            columns[f"log_p.{name}"] = conditional.double().cpu().numpy()
            columns[f"agreement.{name}"] = (conditional - alone).double().cpu().numpy()
    return pd.DataFrame(columns)


def _apart(
    model: Model, chunk: Chunk, name: str, scorers: dict[str, Scorer], settings: ScoreSettings
) -> tuple[Tensor, Tensor]:
    """Return log p without one modality and log p of it alone, each (B,).

    Without it, a record that has no other has 0, and one that lacks it NaN. Alone, both have NaN.
    """
    encoding = chunk.encoding
    others = encoding.restrict([other for other in model.names if other != name])
    own, rest = encoding.has((name,)), others.present.any(0)
    nothing = torch.full(own.shape, torch.nan, device=own.device).to(encoding.content.loc)
    without, alone = torch.where(own, 0.0, nothing), nothing
    both = own & rest
    if bool(both.any()):
        kept = {n: scorer.select(both) for n, scorer in scorers.items()}
        for stream, part, log_p in (
            ("without", others, without),
            ("alone", encoding.restrict([name]), alone),
        ):
            noise = _noise(chunk, f"{stream}/{name}", both)
            estimate = _estimate(model, part.select(both), noise, settings.samples, kept)
            log_p[both] = estimate.log_p.to(log_p)
    return without, alone


def _estimate(
    model: Model,
    encoding: Encoding,
    noise: Noise,
    samples: int,
    scorers: dict[str, Scorer],
) -> ImportanceEstimate:
    # A modality that no row has is not decoded.
    scored = [n for n, rows in zip(model.names, encoding.present, strict=True) if bool(rows.any())]
    return log_likelihood(
        model.codec,
        model.inference,
        encoding,
        model.names,
        noise,
        samples,
        scorers={n: scorers[n] for n in scored},
    )


def _noise(chunk: Chunk, stream: str, rows: Tensor) -> Noise:
    return chunk.noise.at(stream).resized(int(rows.sum()))


def _sample(query: Query, seed: int) -> Query:
    """Return a query over a random sample of the records."""
    generator = torch.Generator().manual_seed(derived_seed("reference", seed))
    (split,) = query.splits
    wanted = affordable_rows(query.model.codec, LEAST_COMPARED, MOST_COMPARED, COMPARED_NUMBERS)
    order = torch.randperm(len(split.rows), generator=generator)[:wanted].sort().values
    return replace(query, splits=[replace(split, rows=split.rows[order])])
