"""Diversity: how much generated values vary over styles, compared with real items of one class."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.data import View
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.errors import ratio_error
from mmcore.metrics.priors import about_priors, about_styles, named_priors
from mmcore.noise import Noise
from mmcore.posteriors.conditional import drawn_styles
from mmcore.priors import Latents
from mmcore.reporting.record import Column, Table

__all__ = ["DiversityMetric", "spread"]

STYLES = 16
"""Values that are generated from one content, and real items of one class that they are compared with."""
CONTENTS = 50
"""Contents that are decoded at once."""
REAL, OTHER = "real", "(other real items)"
SPACES = ("values", "features")

Spreads = Mapping[tuple[str, str], Tensor]


def spread(x: Tensor) -> Tensor:
    """Return the standard deviation within each group, mean over elements.

    Shapes:
        x: (G, K, E), K values in each of G groups. returns: (G,).

    Example:
        >>> import torch
        >>> spread(torch.tensor([[[1.0, 0.0], [3.0, 0.0], [5.0, 0.0]]]))
        tensor([1.])
    """
    # On a CPU, several times as fast as torch.std over a dimension that is not the last one. The spread of
    # equal values is 0 exactly.
    shifted = x.float() - x[:, :1].float()
    centered = shifted - shifted.mean(1, keepdim=True)
    return (centered.square().sum(1) / (x.shape[1] - 1)).sqrt().mean(-1)


class DiversityMetric(Metric[BaseModel]):
    """The spread of generated values over styles, as a share of the spread of real items of one class."""

    uses = ("subsets", "rows", "fusion", "seed", "precision")

    def measure(self, subject: Subject) -> Measured:
        """Return a table with a row for each given subset and two columns for each modality."""
        if not subject.classifiers:
            raise MmcoreError(
                "no modality has a classifier, whose features diversity is measured in"
            )
        indices = subject.complete_rows(-(-subject.settings.rows // STYLES))
        names = tuple(subject.classifiers)
        spreads = {name: _spreads(subject, name, indices) for name in names}
        rows = [OTHER, *named_priors(subject.model), *map(subset_name, subject.given)]
        table = Table(
            name="diversity",
            topic="styles",
            n=len(indices),
            about=f"Spread of {STYLES} generated values with one content and random styles, divided by the"
            f" spread of {STYLES} real held-out items of the class of the given sample; 1 is as varied as"
            " real items. The spread is the standard deviation, mean over elements, of the values that the"
            " classifier reads (pixels, probabilities of characters) or of the features of the classifier."
            f" {len(indices)} contents, drawn from the posterior '{subject.settings.fusion}';"
            f" {about_styles(subject.settings.fusion)}. {about_priors(subject.model)}",
            columns=tuple(Column(name=f"{n}, {s}", best="high") for n in names for s in SPACES),
            rows={
                row: tuple(_share(spreads[n], row, s) for n in names for s in SPACES)
                for row in rows
            },
            errors={
                row: tuple(_share_error(spreads[n], row, s) for n in names for s in SPACES)
                for row in rows
            },
        )
        return Measured([table], subject.without_classifier)


def _share(spreads: Spreads, row: str, space: str) -> float | None:
    real = float(spreads[REAL, space].mean())
    return float(spreads[row, space].mean()) / real if real else None


def _share_error(spreads: Spreads, row: str, space: str) -> float | None:
    """Return the standard error of `_share` over the contents."""
    real = spreads[REAL, space]
    return ratio_error(spreads[row, space], real) if bool(real.any()) and len(real) > 1 else None


@torch.no_grad()
def _spreads(subject: Subject, name: str, indices: Tensor) -> Spreads:
    """Return the spread of the values of each content, by row and space."""
    view, classifier = subject.data.test.views[name], subject.classifiers[name]
    modality, parts = subject.model.codec[name], defaultdict[tuple[str, str], list[Tensor]](list)
    posterior = named_posterior(subject.model, subject.settings.fusion)
    source, seed = subject.data.test, subject.settings.seed
    for batch in encoded_batches(subject.model, source, indices, CONTENTS, seed):
        noise = batch.noise.at("diversity").at(name)
        read = {row: _real(batch, view, noise.at(row)) for row in (REAL, OTHER)}
        inputs = {row: modality.classifier_input(modality.prepare(x)) for row, x in read.items()}
        for row, latents in _latents(subject, batch, posterior):
            content, style = latents.content, latents.styles[name].flatten(0, 1)
            repeated = content.repeat_interleave(STYLES, 0)
            with subject.autocast():
                likelihood = subject.model.codec.decode(name, repeated, style)
            inputs[row] = modality.classifier_input_of(likelihood)
        for row, x in inputs.items():
            for space, values in zip(SPACES, (x, classifier.features(x)), strict=True):
                groups = values.reshape(-1, STYLES, values[0].numel())
                parts[row, space].append(spread(groups).cpu())
    return {place: torch.cat(spreads) for place, spreads in parts.items()}


def _latents(
    subject: Subject, batch: EncodedBatch, posterior: Inference
) -> Iterator[tuple[str, Latents]]:
    """Yield contents, (B, D), and random styles of each, (B, STYLES, D_m), by row."""
    model, noise = subject.model, batch.noise.at("diversity")
    for name, prior in named_priors(model).items():
        content = prior.sample(noise).content
        styles = drawn_styles(model.codec, model.generation, batch.encoding, content, noise, STYLES)
        yield name, Latents(content, styles)
    for subset in subject.given:
        encoding = batch.encoding.restrict(subset)
        content = posterior(encoding).rsample(noise.at("content"))
        styles = drawn_styles(model.codec, posterior, encoding, content, noise, STYLES)
        yield subset_name(subset), Latents(content, styles)


def _real(batch: EncodedBatch, view: View, noise: Noise) -> Tensor:
    """Return random items of the class of each row, (B * STYLES, *E)."""
    assert batch.labels is not None, "see complete_rows"
    if batch.labels.dim() > 1:
        raise MmcoreError(
            "labels are binary attributes, and diversity is compared with real items of one class"
        )
    draws = noise.uniform("items", STYLES).cpu()
    chosen = [_of_class(view, int(y), u) for y, u in zip(batch.labels, draws, strict=True)]
    indices = torch.cat(chosen)
    return view.fetch(indices, noise.resized(len(indices))).to(noise.device)


def _of_class(view: View, label: int, draws: Tensor) -> Tensor:
    items = (view.labels == label).nonzero().squeeze(1)
    if label == UNKNOWN or not len(items):
        raise MmcoreError(
            "a held-out sample has no class of which there are real items, and diversity is compared with"
            " these; label all held-out samples"
        )
    return items[(draws * len(items)).long()]
