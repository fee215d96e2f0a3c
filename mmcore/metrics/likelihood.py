"""Table 4 of the paper: the log-likelihood of everything, proposed by every subset."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from mmcore.aggregators import MixtureOfExperts
from mmcore.encoding import Encoding, Inference
from mmcore.fusion import Fusion
from mmcore.inference.likelihood import ImportanceEstimate, log_likelihood, rows_at_once
from mmcore.inference.mixture_likelihood import mixture_log_likelihoods
from mmcore.inference.posteriors import INFERENCE, named_posterior
from mmcore.inference.subsets import subset_name
from mmcore.metrics.base import MOST_SCORED, Measured, Metric, Subject
from mmcore.noise import Noise
from mmcore.reporting.record import Column, EvaluationSettings, Table

__all__ = ["LikelihoodMetric"]

MIXTURE = "mixture"
BFLOAT16 = ", decoded in bfloat16"
COLUMNS = (
    Column(name="log p (nats)", best="high"),
    Column(name="standard error"),
    Column(name="error of the draws"),
    Column(name="effective samples"),
)


class LikelihoodMetric(Metric):
    """Importance-sampled log p(X) with proposals that have seen a subset."""

    name = "likelihood"
    uses = ("subsets", "samples", "likelihood_rows", "proposals", "precision", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each proposal."""
        proposals, left_out = _distinct(subject)
        tables = []
        for number, proposal in enumerate(proposals):
            share = partial(_share, subject.tick, number, len(proposals))
            tables.append(_table(subject, proposal, share))
        unmeasured = [k for k in map(subset_name, subject.given) if k not in tables[0].rows]
        left_out += [f"{k} proposes nothing: no held-out sample has all of it" for k in unmeasured]
        return Measured(tables, [*left_out, *_rest(subject)])


def _distinct(subject: Subject) -> tuple[list[str], list[str]]:
    """Return the proposals that differ, and what is said of those that do not."""
    wanted, left_out = list(subject.settings.proposals), []
    if _is_mixture(subject.model.inference, equal=True) and {INFERENCE, MIXTURE} <= set(wanted):
        wanted.remove(MIXTURE)
        left_out.append("the method infers by the mixture of experts: one proposal is both")
    return wanted, left_out


def _is_mixture(posterior: Inference, *, equal: bool = False) -> bool:
    """Return whether a posterior is the mixture of the experts, and of equal weights if asked."""
    if not isinstance(posterior, Fusion) or posterior.prior is not None:
        return False
    if type(posterior.aggregator) is not MixtureOfExperts:
        return False
    return not equal or bool((posterior.weights == posterior.weights[0]).all())


def _rest(subject: Subject) -> list[str]:
    """Say that a default has left out data points, and how to have them."""
    scored, there = subject.likelihood_rows, len(subject.data.test)
    if scored >= min(there, MOST_SCORED) or subject.settings.likelihood_rows is not None:
        return []
    return [
        f"values are so wide that {scored} of {there} held-out samples are scored;"
        " --likelihood-rows scores more"
    ]


def _share(tick: Callable[[float], None], number: int, count: int, done: float) -> None:
    tick((number + done) / count)


def _table(subject: Subject, proposal: str, tick: Callable[[float], None]) -> Table:
    settings = subject.settings
    found = _estimates(subject, proposal, tick)
    rows = max(len(estimate.log_p) for estimate in found.values())
    decoded = BFLOAT16 if _is_half(settings) else ""
    holes = (
        " Where samples have holes, a row is over those that have all of its subset, and log p is of"
        " what each has."
    )
    return Table(
        name=f"log-likelihood, proposal '{proposal}'",
        about=f"log p of all modalities together, a mean over {rows} held-out samples with"
        f" {settings.samples} draws for each{decoded}, from proposals that have seen the subset (row)."
        " Every row estimates the same number from below: they differ by how well the subset proposes. Few"
        " effective samples mean that the estimate is far too low still, and the error of the draws too"
        f" small.{holes if subject.has_holes else ''}",
        columns=COLUMNS,
        rows={
            subset: (
                e.mean,
                e.standard_error if len(e.log_p) > 1 else None,
                float(e.draw_error.square().sum().sqrt() / len(e.log_p)),
                float(e.effective.mean()),
            )
            for subset, e in found.items()
        },
    )


def _is_half(settings: EvaluationSettings) -> bool:
    return settings.precision == "bf16-mixed"


def _estimates(
    subject: Subject, proposal: str, tick: Callable[[float], None]
) -> dict[str, ImportanceEstimate]:
    posterior = named_posterior(subject.model, proposal)
    parts: dict[str, list[ImportanceEstimate]] = {}
    indices = subject.test_rows(subject.likelihood_rows)
    chunks = indices.split(rows_at_once(subject.model.codec))
    for number, indices in enumerate(chunks):
        tick(number / len(chunks))
        encoding, noise = _encoded(subject, indices)
        if isinstance(posterior, Fusion) and _is_mixture(posterior):
            found = _from_one_pool(subject, posterior, encoding, noise)
        else:
            found = _each_by_itself(subject, posterior, encoding, noise)
        for subset, estimate in found.items():
            parts.setdefault(subset_name(subset), []).append(estimate)
    return {subset: _joined(estimates) for subset, estimates in parts.items()}


def _encoded(subject: Subject, indices: Tensor) -> tuple[Encoding, Noise]:
    model, seed, step = subject.model, subject.settings.seed, int(indices[0])
    batch = subject.data.test.fetch(indices, Noise(len(indices), seed=seed, step=step))
    with torch.no_grad():
        encoding = model.codec.encode(batch.to(model.device))
    noise = Noise(len(indices), seed=seed, step=step, device=model.device)
    return encoding, noise.at("likelihood")


def _from_one_pool(
    subject: Subject, fusion: Fusion, encoding: Encoding, noise: Noise
) -> dict[tuple[str, ...], ImportanceEstimate]:
    codec, settings = subject.model.codec, subject.settings
    there = {k: encoding.has(k) for k in subject.given}
    there = {subset: rows for subset, rows in there.items() if bool(rows.any())}
    found = mixture_log_likelihoods(
        codec,
        fusion.weights,
        encoding,
        list(there),
        noise,
        settings.samples,
        bfloat16=_is_half(settings),
    )
    return {
        k: ImportanceEstimate(e.log_p[there[k]], e.effective[there[k]], e.draws)
        for k, e in found.items()
    }


def _each_by_itself(
    subject: Subject, posterior: Inference, encoding: Encoding, noise: Noise
) -> dict[tuple[str, ...], ImportanceEstimate]:
    codec, settings, found = subject.model.codec, subject.settings, {}
    for subset in subject.given:
        there = encoding.has(subset)
        kept = encoding if bool(there.all()) else encoding.select(there)
        drawn = replace(noise, rows=int(there.sum()))
        if drawn.rows:
            found[subset] = log_likelihood(
                codec,
                posterior,
                kept,
                subset,
                drawn,
                settings.samples,
                bfloat16=_is_half(settings),
            )
    return found


def _joined(parts: list[ImportanceEstimate]) -> ImportanceEstimate:
    return ImportanceEstimate(
        torch.cat([part.log_p for part in parts]),
        torch.cat([part.effective for part in parts]),
        parts[0].draws,
    )
