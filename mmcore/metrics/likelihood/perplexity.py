"""Perplexity: the likelihood per unit of a value, such as a token, and its exponential."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from mmcore.config.evaluation import PerplexitySettings
from mmcore.errors import MmcoreError
from mmcore.inference.likelihood.importance_sampling import (
    conditional_log_likelihood,
    log_likelihood,
)
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.posteriors import GENERATION, INFERENCE, named_posterior
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import Column, Table

__all__ = ["PerplexityMetric"]

CHUNK = 50
BASELINE_ROWS = 20_000
BASELINE = "(baseline)"


class PerplexityMetric(Metric[PerplexitySettings]):
    """Nats per unit of modalities that count units, with a baseline that uses no other information."""

    uses = ("subsets", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each modality that counts units."""
        names = [name for name in subject.model.names if _has_units(subject, name)]
        if not names:
            raise MmcoreError("no modality counts units such as tokens; see Modality.unit_counts")
        return Measured([self._table(subject, name) for name in names])

    def _table(self, subject: Subject, name: str) -> Table:
        logs, counts = self._scored(subject, name)
        columns = [(f"nats per {unit}", f"perplexity per {unit}") for unit in counts]
        return Table(
            name=f"perplexity of {name}",
            topic="likelihood",
            n=len(next(iter(logs.values()))),
            about=f"Nats per unit of {name} and their exponential, over {len(next(iter(logs.values())))}"
            f" held-out samples: log p({name}) by importance sampling from its own posterior; log p({name} |"
            " given) is the log of the mean likelihood over draws from the posterior 'generation' given other"
            f" modalities, with styles from the prior. {self.settings.samples} draws; the estimates are from"
            " above. The baseline is fitted to training items of the modality alone.",
            row_label="likelihood",
            columns=tuple(Column(name=name, best="low") for pair in columns for name in pair),
            rows={row: _rates(log_p, counts) for row, log_p in logs.items()},
        )

    def _scored(self, subject: Subject, name: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return log-likelihoods by row of the table, and counts by unit, of the same samples."""
        model, seed = subject.model, subject.settings.seed
        modality = model.codec[name]
        baseline = modality.baseline(_training_values(subject, name))
        logs: dict[str, list[Tensor]] = {}
        counts: dict[str, list[Tensor]] = {}
        indices = subject.complete_rows(subject.scored_rows(self.settings.likelihood_rows))
        for batch in encoded_batches(model, subject.data.test, indices, CHUNK, seed):
            x = batch.encoding.values[name]
            rows = {} if baseline is None else {BASELINE: baseline.log_prob(x)}
            rows |= self._estimates(subject, name, batch)
            for row, log_p in rows.items():
                logs.setdefault(row, []).append(log_p.cpu())
            for unit, count in modality.unit_counts(x).items():
                counts.setdefault(unit, []).append(count.cpu())
        return _joined(logs), _joined(counts)

    def _estimates(self, subject: Subject, name: str, batch: EncodedBatch) -> dict[str, Tensor]:
        codec, draws = subject.model.codec, self.settings.samples
        encoding, noise = batch.encoding, batch.noise.at("perplexity")
        proposal, posterior = (named_posterior(subject.model, n) for n in (INFERENCE, GENERATION))
        own = log_likelihood(codec, proposal, encoding, (name,), noise, draws, scored=(name,))
        log_p = {f"p({name})": own.log_p}
        for given in subject.given:
            if name not in given:
                log_p[f"p({name} | {subset_name(given)})"] = conditional_log_likelihood(
                    codec, posterior, encoding, given, name, noise, draws
                )
        return log_p


def _has_units(subject: Subject, name: str) -> bool:
    view, modality = subject.data.test.views[name], subject.model.codec[name]
    if not len(view):
        return False
    raw = view.fetch(torch.zeros(1, dtype=torch.long), Noise(1)).to(subject.model.device)
    return bool(modality.unit_counts(modality.prepare(raw)))


def _rates(log_p: Tensor, counts: Mapping[str, Tensor]) -> tuple[float, ...]:
    nats = [-float(log_p.double().sum() / count.double().sum()) for count in counts.values()]
    return tuple(value for rate in nats for value in (rate, math.exp(rate)))


def _training_values(subject: Subject, name: str) -> Tensor:
    view = subject.data.train.views[name]
    generator = torch.Generator().manual_seed(derived_seed("baseline", subject.settings.seed))
    indices = torch.randperm(len(view), generator=generator)[:BASELINE_ROWS]
    return view.fetch(indices, Noise(len(indices), seed=subject.settings.seed))


def _joined(parts: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat(tensors) for name, tensors in parts.items()}
