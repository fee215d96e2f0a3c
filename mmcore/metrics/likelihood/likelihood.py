"""Likelihood: importance-sampled log p(X) with proposals given every subset (Table 4 of the paper)."""

from collections.abc import Callable, Sequence
from functools import partial

import torch

from mmcore.aggregators import MixtureOfExperts
from mmcore.config.evaluation import LikelihoodSettings
from mmcore.encoding import Inference
from mmcore.fusion import Fusion
from mmcore.inference.likelihood.importance_sampling import (
    ImportanceEstimate,
    log_likelihoods,
    rows_at_once,
)
from mmcore.inference.likelihood.mixture_proposals import mixture_log_likelihoods
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.posteriors import INFERENCE, check_posterior, named_posterior
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import MOST_SCORED, Measured, Metric, Subject
from mmcore.metrics.priors import about_priors, named_priors
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.reporting.record import Column, Table

__all__ = ["LikelihoodMetric", "likelihood_metric"]

MIXTURE = "mixture"
Estimates = tuple[ImportanceEstimate, ...]
LEAST_EFFECTIVE, FEW = 10, 0.05
"""Effective samples of an estimate, and the share of data points that may have fewer of them."""
COLUMNS = (
    Column(name="log p (nats)", best="high"),
    Column(name="standard error"),
    Column(name="error of the draws"),
    Column(name="effective samples"),
)
UNDER_FITTED_PRIOR = (
    Column(name="log p, generation prior (nats)", best="high"),
    Column(name="gain (nats)", best="high"),
    Column(name="error of the gain"),
    Column(name="effective samples, generation prior"),
)


def likelihood_metric(settings: LikelihoodSettings, context: Context) -> "LikelihoodMetric":
    """Return the metric.

    Raises:
        MmcoreError: a proposal is unknown.
    """
    for name in settings.proposals:
        check_posterior(name, context.catalogue)
    return LikelihoodMetric(settings, context)


class LikelihoodMetric(Metric[LikelihoodSettings]):
    """Importance-sampled log p(X) with proposals given subsets of the modalities."""

    uses = ("subsets", "seed", "precision")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each proposal."""
        proposals, left_out = self._distinct(subject)
        tables = []
        for number, proposal in enumerate(proposals):
            progress = partial(_share, subject.progress, number, len(proposals))
            tables.append(self._table(subject, proposal, progress))
        unmeasured = [k for k in map(subset_name, subject.given) if k not in tables[0].rows]
        left_out += [f"{k} is not a proposal: no held-out sample has all of it" for k in unmeasured]
        return Measured(tables, [*left_out, *self._reduced(subject)])

    def _distinct(self, subject: Subject) -> tuple[list[str], list[str]]:
        """Return the proposals that differ, and a sentence for a proposal that is left out."""
        proposals = list(self.settings.proposals)
        same = _is_mixture(subject.model.inference, equal=True)
        if not same or not {INFERENCE, MIXTURE} <= set(proposals):
            return proposals, []
        proposals.remove(MIXTURE)
        return proposals, [
            f"the proposal '{MIXTURE}' is left out: it equals '{INFERENCE}' for this method"
        ]

    def _reduced(self, subject: Subject) -> list[str]:
        """Return a sentence if the default number of data points is small because values are large."""
        chosen, available = self.settings.likelihood_rows, len(subject.data.test)
        rows = subject.scored_rows(chosen)
        if chosen is not None or rows >= min(available, MOST_SCORED):
            return []
        return [
            f"{rows} of {available} held-out samples are scored, because values have many elements;"
            " increase --likelihood-rows to score more"
        ]

    def _table(self, subject: Subject, proposal: str, progress: Callable[[float], None]) -> Table:
        estimates = self._estimates(subject, proposal, progress)
        rows = max(len(each[0].log_p) for each in estimates.values())
        fitted = subject.model.fitted_prior is not None
        decoded = ", decoded in bfloat16" if subject.bfloat16 else ""
        missing = (
            " With missing modalities, a row is computed from the samples that have all of its subset, and"
            " log p is that of the modalities of each sample. Only rows of the same samples are compared."
        )
        return Table(
            name=f"log-likelihood, proposal '{proposal}'",
            topic="likelihood",
            about=f"log p of all modalities together, mean over {rows} held-out samples with"
            f" {self.settings.samples} draws for each{decoded}, from proposals given the subset (row). Every"
            " row estimates the same number from below: rows differ in the quality of the proposal. With few"
            " effective samples the estimate is far too low, and the error of the draws too small."
            f"{missing if subject.has_missing else ''} {about_priors(subject.model)}",
            columns=COLUMNS + (UNDER_FITTED_PRIOR if fitted else ()),
            rows={subset: _numbers(*each) for subset, each in estimates.items()},
            n={k: (len(each[0].log_p),) * (8 if fitted else 4) for k, each in estimates.items()},
            groups=self._groups(subject, list(estimates)),
            doubts={subset: d for subset, each in estimates.items() if (d := _doubt(*each))},
        )

    def _groups(self, subject: Subject, names: Sequence[str]) -> dict[str, int]:
        """Return a number for each row, equal for rows that are computed from the same samples."""
        if not subject.has_missing:
            return {}
        indices = subject.test_rows(subject.scored_rows(self.settings.likelihood_rows))
        batch = subject.data.test.fetch(indices, Noise(len(indices)))
        masks = {
            name: tuple(torch.stack([batch.present[m] for m in name.split("+")]).all(0).tolist())
            for name in names
        }
        numbers = {mask: number for number, mask in enumerate(dict.fromkeys(masks.values()))}
        return {name: numbers[mask] for name, mask in masks.items()}

    def _estimates(
        self, subject: Subject, proposal: str, progress: Callable[[float], None]
    ) -> dict[str, Estimates]:
        """Return the estimates under each prior, by subset."""
        model, seed = subject.model, subject.settings.seed
        posterior = named_posterior(model, proposal)
        parts: dict[str, list[Estimates]] = {}
        indices = subject.test_rows(subject.scored_rows(self.settings.likelihood_rows))
        size = rows_at_once(model.codec)
        batches = encoded_batches(model, subject.data.test, indices, size, seed)
        for number, batch in enumerate(batches):
            progress(number * size / len(indices))
            if isinstance(posterior, Fusion) and _is_mixture(posterior):
                estimates = self._from_mixture(subject, posterior, batch)
            else:
                estimates = self._for_each_subset(subject, posterior, batch)
            for subset, estimate in estimates.items():
                parts.setdefault(subset_name(subset), []).append(estimate)
        return {
            subset: tuple(map(_joined, zip(*chunks, strict=True)))
            for subset, chunks in parts.items()
        }

    def _from_mixture(
        self, subject: Subject, posterior: Fusion, batch: EncodedBatch
    ) -> dict[tuple[str, ...], Estimates]:
        """Return estimates of all subsets from the same draws of the experts."""
        present = {k: batch.encoding.has(k) for k in subject.given}
        present = {subset: rows for subset, rows in present.items() if bool(rows.any())}
        estimates = mixture_log_likelihoods(
            subject.model.codec,
            posterior.weights,
            batch.encoding,
            list(present),
            batch.noise.at("likelihood"),
            self.settings.samples,
            priors=list(named_priors(subject.model).values()),
            bfloat16=subject.bfloat16,
        )
        return {
            k: tuple(
                ImportanceEstimate(e.log_p[present[k]], e.effective[present[k]], e.draws)
                for e in each
            )
            for k, each in estimates.items()
        }

    def _for_each_subset(
        self, subject: Subject, posterior: Inference, batch: EncodedBatch
    ) -> dict[tuple[str, ...], Estimates]:
        estimates = {}
        for subset in subject.given:
            having = batch.having(subset)
            if having.encoding.rows:
                estimates[subset] = log_likelihoods(
                    subject.model.codec,
                    posterior,
                    having.encoding,
                    subset,
                    having.noise.at("likelihood"),
                    self.settings.samples,
                    priors=list(named_priors(subject.model).values()),
                    bfloat16=subject.bfloat16,
                )
        return estimates


def _is_mixture(posterior: Inference, *, equal: bool = False) -> bool:
    """Return whether a posterior is a mixture of the experts, with ``equal``: one of equal weights."""
    if not isinstance(posterior, Fusion) or posterior.prior is not None:
        return False
    if type(posterior.aggregator) is not MixtureOfExperts:
        return False
    return not equal or bool((posterior.weights == posterior.weights[0]).all())


def _share(progress: Callable[[float], None], number: int, count: int, done: float) -> None:
    progress((number + done) / count)


def _numbers(
    estimate: ImportanceEstimate, fitted: ImportanceEstimate | None = None
) -> tuple[float | None, ...]:
    rows = len(estimate.log_p)
    own = (
        estimate.mean,
        estimate.standard_error if rows > 1 else None,
        float(estimate.draw_error.square().sum().sqrt() / rows),
        float(estimate.effective.mean()),
    )
    if fitted is None:
        return own
    gain = fitted.log_p - estimate.log_p
    error = float(gain.std() / rows**0.5) if rows > 1 else None
    return (*own, fitted.mean, float(gain.mean()), error, float(fitted.effective.mean()))


def _doubt(*estimates: ImportanceEstimate) -> str:
    """Return why the estimates of a row are not to be trusted, or nothing."""
    effective = torch.stack([estimate.effective for estimate in estimates]).amin(0)
    few = float((effective < LEAST_EFFECTIVE).double().mean())
    if few <= FEW:
        return ""
    return (
        f"{few:.0%} of the samples have fewer than {LEAST_EFFECTIVE} effective samples, so that log p is too"
        " low, and its errors are too small"
    )


def _joined(parts: Sequence[ImportanceEstimate]) -> ImportanceEstimate:
    return ImportanceEstimate(
        torch.cat([part.log_p for part in parts]),
        torch.cat([part.effective for part in parts]),
        parts[0].draws,
    )
