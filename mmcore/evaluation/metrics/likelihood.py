"""Table 4 of the paper: the log-likelihood of everything, proposed by every subset."""

import torch

from mmcore.evaluation.fusions import INFERENCE, named_fusion
from mmcore.evaluation.likelihood import ImportanceEstimate, log_likelihood
from mmcore.evaluation.metrics.base import Measured, Metric, Subject
from mmcore.evaluation.subsets import subset_name
from mmcore.noise import Noise
from mmcore.reporting.record import Column, Table

__all__ = ["LikelihoodMetric"]

PROPOSALS = (INFERENCE, "mixture")
CHUNK = 50
COLUMNS = (
    Column(name="log p (nats)", best="high"),
    Column(name="standard error"),
    Column(name="error of the draws"),
    Column(name="effective samples"),
)


class LikelihoodMetric(Metric):
    """Importance-sampled log p(X) with proposals that have seen a subset."""

    name = "likelihood"
    uses = ("subsets", "samples", "likelihood_rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each proposal."""
        return Measured([_table(subject, proposal) for proposal in PROPOSALS])


def _table(subject: Subject, proposal: str) -> Table:
    settings = subject.settings
    found = _estimates(subject, proposal)
    rows = len(next(iter(found.values())).log_p)
    return Table(
        name=f"log-likelihood, proposal '{proposal}'",
        about=f"log p of all modalities together, a mean over {rows} held-out samples with"
        f" {settings.samples} draws for each, from proposals that have seen the subset (row). Every row"
        " estimates the same number from below: they differ by how well the subset proposes. Few"
        " effective samples mean that the estimate is far too low still, and the error of the draws too"
        " small.",
        columns=COLUMNS,
        rows={
            subset: (
                e.mean,
                e.standard_error if rows > 1 else None,
                float(e.draw_error.square().sum().sqrt() / rows),
                float(e.effective.mean()),
            )
            for subset, e in found.items()
        },
    )


def _estimates(subject: Subject, proposal: str) -> dict[str, ImportanceEstimate]:
    model, settings = subject.model, subject.settings
    fusion = named_fusion(model, proposal)
    parts: dict[str, list[ImportanceEstimate]] = {}
    for indices in subject.test_rows(settings.likelihood_rows).split(CHUNK):
        step, rows = int(indices[0]), len(indices)
        batch = subject.data.test.fetch(indices, Noise(rows, seed=settings.seed, step=step))
        noise = Noise(rows, seed=settings.seed, step=step, device=model.device).at("likelihood")
        with torch.no_grad():
            encoding = model.codec.encode(batch.to(model.device))
        for subset in subject.given:
            estimate = log_likelihood(
                model.codec, fusion, encoding, subset, noise, settings.samples
            )
            parts.setdefault(subset_name(subset), []).append(estimate)
    return {subset: _joined(estimates) for subset, estimates in parts.items()}


def _joined(parts: list[ImportanceEstimate]) -> ImportanceEstimate:
    return ImportanceEstimate(
        torch.cat([part.log_p for part in parts]),
        torch.cat([part.effective for part in parts]),
        parts[0].draws,
    )
