"""Table 3 of the paper: how near generated samples are to real ones."""

from dataclasses import astuple

import torch
from torch import Tensor

from mmcore.data import View
from mmcore.errors import MmcoreError
from mmcore.inference.posteriors import named_posterior
from mmcore.inference.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.feature_spaces import (
    FeatureSpace,
    InceptionSpace,
    JudgeSpace,
    is_picture,
)
from mmcore.metrics.quality_of import LEAST_ROWS, Quality, quality
from mmcore.modality import Modality
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import Column, Table

__all__ = ["QualityMetric"]

CHUNK = 500
COLUMNS = (
    Column(name="PRD area", best="high"),
    Column(name="PRD mean", best="high"),
    Column(name="F8 (recall)", best="high"),
    Column(name="F1/8 (precision)", best="high"),
    Column(name="precision", best="high"),
    Column(name="recall", best="high"),
    Column(name="Frechet", best="low"),
)


class QualityMetric(Metric):
    """Distances between generated and real samples in the features of the modality's classifier."""

    name = "quality"
    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each modality that has a classifier and enough held-out items."""
        tables, left_out = [], subject.unjudged
        if not subject.judges:
            raise MmcoreError("no modality has a classifier, in whose features quality is measured")
        inception = _inception(subject, left_out)
        for name, judge in subject.judges.items():
            items = _items(subject, name)
            if len(items) < 2 * LEAST_ROWS:
                left_out.append(
                    f"quality of {name} needs {2 * LEAST_ROWS} held-out items for itself and its"
                    f" ceiling, there are {len(items)}"
                )
            else:
                tables.append(_table(subject, name, JudgeSpace(name, judge), items))
                if inception is not None and is_picture(subject.model.codec[name]):
                    tables.append(_table(subject, name, inception, items, ", Inception features"))
        return Measured(tables, left_out)


def _inception(subject: Subject, left_out: list[str]) -> InceptionSpace | None:
    if subject.cache is None or not any(map(is_picture, subject.model.codec.modalities.values())):
        return None
    try:
        return InceptionSpace(subject.cache.parent, subject.model.device)
    except MmcoreError as error:
        left_out.append(str(error))
        return None


def _items(subject: Subject, name: str) -> Tensor:
    """Return an even number of held-out items: one half is compared with, the other is the ceiling."""
    view, seed = subject.data.test.views[name], subject.settings.seed
    rows = min(len(subject.data.test), subject.settings.rows)
    generator = torch.Generator().manual_seed(derived_seed("quality", seed))
    if _is_redrawn(view):
        return torch.randint(0, len(view), (2 * rows,), generator=generator)
    return torch.randperm(len(view), generator=generator)[: 2 * min(rows, len(view) // 2)]


def _is_redrawn(view: View) -> bool:
    """Return whether reading an item again gives another value, so that a few items are many."""
    items = torch.arange(min(len(view), 10))
    first, second = (view.fetch(items, Noise(len(items), step=step)) for step in (0, 1))
    return not torch.equal(first, second)


def _table(
    subject: Subject, name: str, space: FeatureSpace, items: Tensor, suffix: str = ""
) -> Table:
    seed, rows = subject.settings.seed, len(items) // 2
    modality = subject.model.codec[name]
    known = _real(modality, subject.data.test.views[name], space, items, seed)
    real, other = known[:rows], known[rows:]
    found = {"(ceiling: other real items)": quality(real, other, seed)}
    for row, features in _generated(subject, name, space, rows).items():
        found[row] = quality(real, features, seed)
    return Table(
        name=f"quality of {name}{suffix}",
        about=f"{rows} generated samples against {rows} real held-out items in the features of"
        f" {space.about}. 'PRD mean' is the paper's number,"
        " .72 for equal distributions. The styles come from the prior.",
        columns=COLUMNS,
        rows={row: _numbers(scores) for row, scores in found.items()},
    )


def _numbers(scores: Quality) -> tuple[float, ...]:
    return astuple(scores)


@torch.no_grad()
def _real(modality: Modality, view: View, space: FeatureSpace, items: Tensor, seed: int) -> Tensor:
    device = next(modality.parameters()).device
    parts = []
    for number, part in enumerate(items.split(CHUNK)):
        raw = view.fetch(part, Noise(len(part), seed=seed, step=number)).to(device)
        parts.append(space.of_values(modality, modality.prepare(raw)).cpu())
    return torch.cat(parts)


@torch.no_grad()
def _generated(subject: Subject, name: str, space: FeatureSpace, rows: int) -> dict[str, Tensor]:
    """Return features by given subset, and from the prior; the encoders run once for all."""
    model, seed = subject.model, subject.settings.seed
    fusion = named_posterior(model, subject.settings.fusion)
    features: dict[str, list[Tensor]] = {}
    for indices in subject.complete_rows(rows).split(CHUNK):
        step = int(indices[0])
        noise = Noise(len(indices), seed=seed, step=step, device=model.device).at("quality")
        batch = subject.data.test.fetch(indices, Noise(len(indices), seed=seed, step=step))
        encoding = model.codec.encode(batch.to(model.device))
        contents = {"prior": model.prior.sample(noise, "content")}
        for subset in subject.given:
            posterior = fusion(encoding.restrict(subset))
            contents[subset_name(subset)] = posterior.rsample(noise.at("content"))
        style = model.codec.style_prior(name).sample(noise.at(name), "style")
        for row, content in contents.items():
            likelihood = model.codec.decode(name, content, style)
            found = space.of_generated(model.codec[name], likelihood)
            features.setdefault(row, []).append(found.cpu())
    return {row: torch.cat(parts) for row, parts in features.items()}
