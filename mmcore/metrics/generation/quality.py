"""Quality: distances between generated and real samples (Table 3 of the paper)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmcore.config.evaluation import QualitySettings
from mmcore.data import View
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.predictive import seeded
from mmcore.inference.representation.batches import encoded_batches
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.generation.distances import LEAST_ROWS, quality
from mmcore.metrics.generation.feature_spaces import (
    ClassifierSpace,
    FeatureSpace,
    InceptionSpace,
    is_image,
)
from mmcore.metrics.priors import (
    AGGREGATE,
    about_priors,
    about_styles,
    aggregate_latents,
    named_priors,
)
from mmcore.modality import Modality
from mmcore.noise import Noise, derived_seed
from mmcore.posteriors.conditional import drawn_styles
from mmcore.priors import Latents
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


class QualityMetric(Metric[QualitySettings]):
    """Distances between generated and real samples in the features of the modality's classifier."""

    uses = ("subsets", "rows", "fusion", "seed", "precision")

    def measure(self, subject: Subject) -> Measured:
        """Return a table for each modality with a classifier and enough held-out items."""
        tables, left_out = [], subject.without_classifier
        own = self.settings.given
        given = subject.given if own is None else subject.chosen(own)
        if not subject.classifiers:
            raise MmcoreError("no modality has a classifier, whose features quality is measured in")
        inception = _inception(subject, left_out)
        for name, classifier in subject.classifiers.items():
            items = _items(subject, name)
            if len(items) < 2 * LEAST_ROWS:
                left_out.append(
                    f"quality of {name} needs {2 * LEAST_ROWS} held-out items, half of them for the upper"
                    f" limit; the data has {len(items)}"
                )
            else:
                space = ClassifierSpace(name, classifier)
                tables.append(_table(subject, name, space, items, given))
                if inception is not None and is_image(subject.model.codec[name]):
                    suffix = ", Inception features"
                    tables.append(_table(subject, name, inception, items, given, suffix))
        return Measured(tables, left_out)


def _inception(subject: Subject, left_out: list[str]) -> InceptionSpace | None:
    if subject.cache is None or not any(map(is_image, subject.model.codec.modalities.values())):
        return None
    try:
        return InceptionSpace(subject.cache.parent, subject.model.device)
    except MmcoreError as error:
        left_out.append(str(error))
        return None


def _items(subject: Subject, name: str) -> Tensor:
    """Return an even number of held-out items: one half is the reference, the other the upper limit."""
    view, seed = subject.data.test.views[name], subject.settings.seed
    rows = min(len(subject.data.test), subject.settings.rows)
    generator = torch.Generator().manual_seed(derived_seed("quality", seed))
    if _is_redrawn(view):
        return torch.randint(0, len(view), (2 * rows,), generator=generator)
    return torch.randperm(len(view), generator=generator)[: 2 * min(rows, len(view) // 2)]


def _is_redrawn(view: View) -> bool:
    """Return whether a second reading of an item gives another value, so that few items are enough."""
    items = torch.arange(min(len(view), 10))
    first, second = (view.fetch(items, Noise(len(items), step=step)) for step in (0, 1))
    return not torch.equal(first, second)


def _table(
    subject: Subject,
    name: str,
    space: FeatureSpace,
    items: Tensor,
    given: Sequence[tuple[str, ...]],
    suffix: str = "",
) -> Table:
    seed, rows = subject.settings.seed, len(items) // 2
    modality = subject.model.codec[name]
    features = _real(modality, subject.data.test.views[name], space, items, seed)
    real, compared = features[:rows], {"(ceiling: other real items)": features[rows:]}
    compared |= _generated(subject, name, space, rows, given)
    qualities = {row: quality(real, other, seed) for row, other in compared.items()}
    return Table(
        name=f"quality of {name}{suffix}",
        topic="generation",
        n=rows,
        about=f"{rows} generated samples against {rows} real held-out items in the features of"
        f" {space.about}. 'PRD mean' is the number of the paper, .72 for equal distributions. Given a"
        f" subset, {about_styles(subject.settings.fusion)}. Generated categories are drawn from"
        f" their probabilities. {about_priors(subject.model)}",
        columns=COLUMNS,
        rows={row: own.numbers for row, own in qualities.items()},
        errors={row: own.errors for row, own in qualities.items()},
    )


@torch.no_grad()
def _real(modality: Modality, view: View, space: FeatureSpace, items: Tensor, seed: int) -> Tensor:
    device = next(modality.parameters()).device
    parts = []
    for number, part in enumerate(items.split(CHUNK)):
        raw = view.fetch(part, Noise(len(part), seed=seed, step=number)).to(device)
        parts.append(space.of_values(modality, modality.prepare(raw)).cpu())
    return torch.cat(parts)


@torch.no_grad()
def _generated(
    subject: Subject, name: str, space: FeatureSpace, rows: int, given: Sequence[tuple[str, ...]]
) -> dict[str, Tensor]:
    """Return features of values from each prior and given each subset; the encoders run once for all."""
    model, indices = subject.model, subject.complete_rows(rows)
    posterior = named_posterior(model, subject.settings.fusion)
    features: dict[str, list[Tensor]] = {}
    for batch in encoded_batches(model, subject.data.test, indices, CHUNK, subject.settings.seed):
        noise = batch.noise.at("quality")
        latents = {row: prior.sample(noise) for row, prior in named_priors(model).items()}
        latents[AGGREGATE] = aggregate_latents(model, batch)
        for subset in given:
            encoding = batch.encoding.restrict(subset)
            content = posterior(encoding).rsample(noise.at("content"))
            styles = drawn_styles(model.codec, posterior, encoding, content, noise)
            latents[subset_name(subset)] = Latents(content, styles)
        for row, drawn in latents.items():
            with subject.autocast():
                likelihood = model.codec.decode(name, drawn.content, drawn.styles[name])
            with seeded(noise.at(f"{name}/{row}")):
                part = space.of_generated(model.codec[name], likelihood)
            features.setdefault(row, []).append(part.cpu())
    return {row: torch.cat(parts) for row, parts in features.items()}
