"""The likelihood of each unit of a value, such as a token, and its exponential."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.inference.likelihood import conditional_log_likelihood, log_likelihood
from mmcore.inference.posteriors import INFERENCE, named_posterior
from mmcore.inference.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import Column, Table

__all__ = ["PerplexityMetric"]

CHUNK = 50
BASELINE_ROWS = 20_000
BASELINE = "(baseline)"


class PerplexityMetric(Metric):
    """Nats of each unit, of modalities that count some, beside a baseline that sees nothing."""

    name = "perplexity"
    uses = ("subsets", "samples", "likelihood_rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each modality that counts units."""
        tables = [_table(subject, name) for name in subject.model.names if _counts(subject, name)]
        if not tables:
            raise MmcoreError("no modality counts units such as tokens; see Modality.unit_counts")
        return Measured(tables)


def _counts(subject: Subject, name: str) -> bool:
    view, modality = subject.data.test.views[name], subject.model.codec[name]
    if not len(view):
        return False
    raw = view.fetch(torch.zeros(1, dtype=torch.long), Noise(1)).to(subject.model.device)
    return bool(modality.unit_counts(modality.prepare(raw)))


def _table(subject: Subject, name: str) -> Table:
    logs, counts = _scored(subject, name)
    units = list(counts)
    return Table(
        name=f"perplexity of {name}",
        about=f"Nats of each unit of {name} and their exponential, over {len(next(iter(logs.values())))}"
        f" held-out samples: log p({name}) by importance sampling from its own posterior, log p({name} |"
        " given) by the mean likelihood of what is drawn from the posterior given others, with styles from"
        f" the prior; {subject.settings.samples} draws, estimates from above. The baseline is fitted to"
        " training items and sees nothing but the value itself.",
        row_label="likelihood",
        columns=tuple(
            column
            for unit in units
            for column in (
                Column(name=f"nats per {unit}", best="low"),
                Column(name=f"perplexity per {unit}", best="low"),
            )
        ),
        rows={row: _rates(log_p, counts) for row, log_p in logs.items()},
    )


def _rates(log_p: Tensor, counts: Mapping[str, Tensor]) -> tuple[float, ...]:
    nats = [-float(log_p.double().sum() / count.double().sum()) for count in counts.values()]
    return tuple(value for rate in nats for value in (rate, math.exp(rate)))


def _scored(subject: Subject, name: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return log likelihoods by row of the table, and counts by unit, of the same samples."""
    model, settings = subject.model, subject.settings
    modality = model.codec[name]
    baseline = modality.baseline(_training_values(subject, name))
    others = [given for given in subject.given if name not in given]
    logs: dict[str, list[Tensor]] = {}
    counts: dict[str, list[Tensor]] = {}
    for indices in subject.complete_rows(subject.likelihood_rows).split(CHUNK):
        step, rows = int(indices[0]), len(indices)
        batch = subject.data.test.fetch(indices, Noise(rows, seed=settings.seed, step=step))
        noise = Noise(rows, seed=settings.seed, step=step, device=model.device).at("perplexity")
        with torch.no_grad():
            encoding = model.codec.encode(batch.to(model.device))
            x = encoding.values[name]
            found = {} if baseline is None else {BASELINE: baseline.log_prob(x)}
            found |= _estimates(subject, name, encoding, others, noise)
            for row, log_p in found.items():
                logs.setdefault(row, []).append(log_p.cpu())
            for unit, count in modality.unit_counts(x).items():
                counts.setdefault(unit, []).append(count.cpu())
    return _joined(logs), _joined(counts)


def _estimates(
    subject: Subject, name: str, encoding: Encoding, others: Sequence[tuple[str, ...]], noise: Noise
) -> dict[str, Tensor]:
    codec, draws = subject.model.codec, subject.settings.samples
    fusion = named_posterior(subject.model, INFERENCE)
    own = log_likelihood(codec, fusion, encoding, (name,), noise, draws, scored=(name,))
    found = {f"p({name})": own.log_p}
    for given in others:
        found[f"p({name} | {subset_name(given)})"] = conditional_log_likelihood(
            codec, fusion, encoding, given, name, noise, draws
        )
    return found


def _training_values(subject: Subject, name: str) -> Tensor:
    view = subject.data.train.views[name]
    generator = torch.Generator().manual_seed(derived_seed("baseline", subject.settings.seed))
    indices = torch.randperm(len(view), generator=generator)[:BASELINE_ROWS]
    return view.fetch(indices, Noise(len(indices), seed=subject.settings.seed))


def _joined(parts: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat(tensors) for name, tensors in parts.items()}
