"""How unusual each record is: its likelihood, beside that of training records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcore.config.predict import ScoreSettings
from mmcore.encoding import Encoding
from mmcore.inference.likelihood import (
    ImportanceEstimate,
    affordable_rows,
    log_likelihood,
    rows_at_once,
)
from mmcore.model import Model
from mmcore.noise import Noise, derived_seed
from mmcore.runs.predict.embedding import what_is_there
from mmcore.runs.predict.query import Asked, Chunk

__all__ = ["Reference", "score"]

LEAST_COMPARED, MOST_COMPARED, COMPARED_NUMBERS = 50, 500, 1 << 21
"""Training records that others are compared with, and numbers in all of them."""


class Reference:
    """log p(x_K) of training records, for every subset K of modalities that is asked about.

    A record is compared with training records that have all of its modalities, of which only these are
    looked at: what one record lacks is hidden in the others too. 500 training records are drawn for it, and
    fewer where values are wide, as they are scored anew for every subset.

    Arguments:
        asked: about the training records; None where they cannot be had, and nothing is compared.
        settings: as records are scored.
    """

    def __init__(self, asked: Asked | None, settings: ScoreSettings) -> None:
        self._settings = settings
        self._all = 0 if asked is None else len(asked)
        self._asked = None if asked is None else _some(asked, settings.seed)
        self._known: dict[tuple[str, ...], np.ndarray] = {}

    @property
    def notes(self) -> list[str]:
        """Say where width, and not the number of records, decides how many are compared with."""
        if self._asked is None:
            return []
        there = len(self._asked)
        if there >= min(self._all, MOST_COMPARED):
            return []
        return [
            f"values are so wide that percentiles are among {there} of {self._all} training records"
        ]

    def percentile(self, given: Sequence[str], log_p: float) -> float:
        """Return the share of training records that are as unlikely or more so, in percent.

        NaN where no training record has all of ``given``.
        """
        key = tuple(given)
        if key not in self._known:
            self._known[key] = self._scores(key)
        known = self._known[key]
        return 100 * float((known <= log_p).mean()) if len(known) else float("nan")

    def _scores(self, given: tuple[str, ...]) -> np.ndarray:
        if self._asked is None:
            return np.empty(0)
        model, found = self._asked.model, []
        for chunk in self._asked.chunks(rows_at_once(model.codec), self._settings.seed):
            rows = chunk.encoding.has(given)
            if bool(rows.any()):
                encoding = chunk.encoding.select(rows).restrict(given)
                noise = _noise(chunk, "reference", rows)
                found.append(_estimate(model, encoding, noise, self._settings.samples).log_p.cpu())
        return torch.cat(found).double().numpy() if found else np.empty(0)


@torch.no_grad()
def score(
    asked: Asked, reference: Reference, settings: ScoreSettings | None = None
) -> Iterator[pd.DataFrame]:
    r"""Yield how likely every record is, some records at a time.

    The columns are the id; ``split``; ``given``, what was there; ``log_p``, importance-sampled log p(X)
    of all that is there, in nats; ``standard_error``, from the draws; ``effective_samples``; and
    ``percentile`` among the training records, 0 being the most unusual. Few effective samples mean that
    ``log_p`` is too low and its error too small.

    With ``settings.by_modality`` there is ``log_p.NAME`` for each modality that is there: log p of it
    given the others, :math:`\log p(X) - \log p(X_{-m})`, low where it does not fit the rest.

    Arguments:
        asked: model and records.
        reference: what percentiles are among.
        settings: what is wanted.
    """
    settings = settings or ScoreSettings()
    for chunk in asked.chunks(rows_at_once(asked.model.codec), settings.seed):
        yield _frame(asked, chunk, reference, settings)


def _frame(
    asked: Asked, chunk: Chunk, reference: Reference, settings: ScoreSettings
) -> pd.DataFrame:
    model, everyone = asked.model, torch.ones(len(chunk.ids), dtype=torch.bool)
    noise = _noise(chunk, "score", everyone)
    found = _estimate(model, chunk.encoding, noise, settings.samples)
    log_p, given = found.log_p.double().cpu().numpy(), what_is_there(model, chunk)
    columns = {
        asked.key: chunk.ids,
        "split": chunk.part.split,
        "given": given,
        "log_p": log_p,
        "standard_error": found.draw_error.double().cpu().numpy(),
        "effective_samples": found.effective.double().cpu().numpy(),
        "percentile": [
            reference.percentile([n for n in model.names if chunk.present[n][row]], value)
            for row, value in enumerate(log_p)
        ],
    }
    if settings.by_modality:
        for name in model.names:
            rest = _without(model, chunk, name, settings)
            columns[f"log_p.{name}"] = (found.log_p - rest).double().cpu().numpy()
    return pd.DataFrame(columns)


def _without(model: Model, chunk: Chunk, name: str, settings: ScoreSettings) -> Tensor:
    """Return log p of all but one modality, (B,): 0 where nothing else is there, NaN without it."""
    encoding = chunk.encoding
    there = encoding.has((name,))
    others = encoding.restrict([other for other in model.names if other != name])
    rest = others.present.any(0)
    log_p = torch.where(there, 0.0, torch.nan).to(encoding.content.loc)
    both = there & rest
    if bool(both.any()):
        noise = _noise(chunk, f"without/{name}", both)
        estimate = _estimate(model, others.select(both), noise, settings.samples)
        log_p[both] = estimate.log_p.to(log_p)
    return log_p


def _estimate(model: Model, encoding: Encoding, noise: Noise, samples: int) -> ImportanceEstimate:
    # What no row has is not decoded.
    there = [n for n, rows in zip(model.names, encoding.present, strict=True) if bool(rows.any())]
    return log_likelihood(
        model.codec, model.inference, encoding, model.names, noise, samples, scored=there
    )


def _noise(chunk: Chunk, stream: str, rows: Tensor) -> Noise:
    n = chunk.noise.at(stream)
    return Noise(int(rows.sum()), n.seed, n.step, device=n.device, path=n.path)


def _some(asked: Asked, seed: int) -> Asked:
    """Return the same with some of the records at random."""
    generator = torch.Generator().manual_seed(derived_seed("reference", seed))
    (part,) = asked.parts
    wanted = affordable_rows(asked.model.codec, LEAST_COMPARED, MOST_COMPARED, COMPARED_NUMBERS)
    order = torch.randperm(len(part.rows), generator=generator)[:wanted].sort().values
    return replace(asked, parts=[replace(part, rows=part.rows[order])])
