"""Diagnosis of a step whose loss or gradient is not finite."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.data import SampleOrder, Source
from mmcore.distributions import Gaussian
from mmcore.model import Model
from mmcore.objectives import LossTerms
from mmcore.training.step import TrainStep

__all__ = ["diagnosis"]

LENGTH = 400
"""Bytes of a clause that processes exchange."""


def diagnosis(step: TrainStep, source: Source, order: SampleOrder, number: int, fabric: Any) -> str:
    """Return a clause on the cause, such as "the negative log-likelihood of 'x' in 1 of 32 rows".

    The step is computed again, with the same rows, noise and weights.

    Arguments:
        step: model and objective.
        source: training samples.
        order: samples of each step.
        number: the step, from 0.
        fabric: engine, for device and precision.
    """
    batch = step.batch(source, order, number).to(fabric.device)
    with fabric.autocast():
        terms = step.terms(batch, number)
        causes = [*_values(terms, step.model, batch), *_gradients(terms, step.model)]
    return (
        _first_of_all(next(iter(causes), ""), fabric) or "no term when the step is computed again"
    )


def _values(terms: LossTerms, model: Model, batch: Batch) -> Iterator[str]:
    """Yield the terms with values that are not finite."""
    for name, rows in terms.nll.items():
        wrong = ~rows.isfinite()
        if wrong.any():
            share = _largest_part(model, batch, name, wrong)
            yield f"the negative log-likelihood of '{name}' {_in_rows(wrong)}{share}"
    for name, rows in terms.divergences.items():
        wrong = ~rows.isfinite()
        if wrong.any():
            names = [n for n in model.names if not _encodes(model, batch, n)]
            whose = f" (the posterior of '{names[0]}' is not finite)" if names else ""
            yield f"the divergence '{name}' {_in_rows(wrong)}{whose}"
    if not terms.loss.isfinite().all():
        yield f"the sum of the terms {_in_rows(~terms.loss.isfinite())}"


def _gradients(terms: LossTerms, model: Model) -> Iterator[str]:
    """Yield the terms of which the gradient is not finite, and the modality whose weights it is of."""
    kinds = ("negative log-likelihood of", terms.nll), ("divergence", terms.divergences)
    named = [(kind, name, rows) for kind, part in kinds for name, rows in part.items()]
    parameters = dict(model.named_parameters())
    for kind, name, rows in named:
        if not rows.requires_grad:
            continue
        gradients = torch.autograd.grad(
            rows.mean(), list(parameters.values()), retain_graph=True, allow_unused=True
        )
        for key, gradient in zip(parameters, gradients, strict=True):
            if gradient is not None and not gradient.isfinite().all():
                yield f"the gradient of the {kind} '{name}', at the weight '{key}'"


def _largest_part(model: Model, batch: Batch, name: str, rows: Tensor) -> str:
    """Return the part, such as a column, with the largest share of a term, at the means of the posteriors."""
    with torch.no_grad():
        encoding = model.codec.encode(batch)
        content, style = model.inference(encoding).mean, encoding.styles[name].mean
        likelihood = model.codec.decode(name, content, style)
        parts = model.codec[name].log_prob_parts(likelihood, encoding.values[name])
    nats = {part: float(-each[rows].double().sum()) for part, each in parts.items()}
    if not nats or all(math.isnan(value) for value in nats.values()):
        return ""
    largest = max(nats, key=lambda part: math.inf if math.isnan(nats[part]) else nats[part])
    return f", where '{largest}' has the largest share"


def _encodes(model: Model, batch: Batch, name: str) -> bool:
    """Return whether the posteriors of a modality are finite."""
    with torch.no_grad():
        encoding = model.codec.encode(batch)
    content = Gaussian(
        *(x[model.names.index(name)] for x in (encoding.content.loc, encoding.content.logvar))
    )
    both = (content, encoding.styles[name]) if name in encoding.styles else (content,)
    return all(bool(x.isfinite().all()) for q in both for x in (q.loc, q.logvar))


def _in_rows(wrong: Tensor) -> str:
    return f"in {int(wrong.sum())} of {len(wrong)} rows"


def _first_of_all(clause: str, fabric: Any) -> str:
    """Return the clause of the first process that has one; each process sees its own rows only."""
    code = torch.zeros(LENGTH, dtype=torch.uint8)
    data = torch.tensor(list(clause.encode()[:LENGTH]), dtype=torch.uint8)
    code[: len(data)] = data
    codes = fabric.all_gather(code.to(fabric.device)).reshape(-1, LENGTH).cpu()
    texts = (bytes(row[row > 0].tolist()).decode(errors="ignore") for row in codes)
    return next(filter(None, texts), "")
