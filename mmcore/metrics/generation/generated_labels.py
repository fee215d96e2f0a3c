"""Labels of generated values, from classifiers and by exact decoding, and their agreement with the truth."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.codec import Codec
from mmcore.data import Source
from mmcore.encoding import Inference
from mmcore.inference.representation.batches import EncodedBatch, encoded_batches
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.metrics.scores import (
    average_precisions,
    base_rates,
    mean_precision,
    precision_errors,
)
from mmcore.modality import Modality
from mmcore.model import Model
from mmcore.posteriors.conditional import drawn_styles

__all__ = [
    "Agreement",
    "GeneratedLabels",
    "LabelCache",
    "LabeledSamples",
    "agreement",
    "labels_given",
]

CHUNK = 500

Classifiers = Mapping[str, TrainedClassifier]
Targets = Mapping[tuple[str, ...], Sequence[str]]
Shares = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class GeneratedLabels:
    """Labels of the generated values of one modality.

    Shapes:
        logits: (N, L), of the classifier; None if the modality has no classifier.
        decoded: (N,), classes by `Modality.decoded_label` of the most likely value; None if it has none.
    """

    logits: Tensor | None
    decoded: Tensor | None


@final
class LabelCache:
    """Labels of generated values by modality and latent variables: equal ones are decoded once.

    Posteriors under several names are often equal, such as ``generation`` and ``product``.

    Arguments:
        codec: the decoders.
        classifiers: trained classifiers, by modality.
    """

    def __init__(self, codec: Codec, classifiers: Classifiers) -> None:
        self._codec, self._classifiers = codec, classifiers
        self._known: dict[str, list[tuple[Tensor, Tensor, GeneratedLabels]]] = defaultdict(list)

    def labels(self, name: str, content: Tensor, style: Tensor) -> GeneratedLabels:
        """Return the labels of the values of one modality for (B, D) content and (B, D_m) style."""
        for known_content, known_style, labels in self._known[name]:
            if _equal(known_content, content) and _equal(known_style, style):
                return labels
        likelihood = self._codec.decode(name, content, style)
        labels = _labels(self._codec[name], likelihood, self._classifiers.get(name))
        self._known[name].append((content, style, labels))
        return labels


@dataclass(frozen=True, slots=True)
class LabeledSamples:
    """True labels of samples, and the labels of values that are generated from them.

    Arguments:
        labels: true labels, (N,) or (N, L).
        generated: by given subset and generated modality.
    """

    labels: Tensor
    generated: Mapping[tuple[str, ...], Mapping[str, GeneratedLabels]]


@torch.no_grad()
def labels_given(
    model: Model,
    source: Source,
    indices: Tensor,
    cache: LabelCache,
    targets: Targets,
    posterior: Inference,
    seed: int = 0,
) -> LabeledSamples:
    r"""Generate modalities given subsets and return their labels.

    c ~ q(c | X_K) by ``posterior``, and s_m by `drawn_styles`: both are sampled. The encoders run once for
    all subsets, and all subsets share the noise of contents and styles.

    Arguments:
        model: a trained model.
        source: samples with labels.
        indices: which samples, (N,).
        cache: decodes and classifies, with the decoders of the model.
        targets: by given subset K, the modalities that are generated.
        posterior: q(c | X_K).
        seed: seed of contents and styles.
    """
    parts = [
        _chunk(model, batch, cache, targets, posterior)
        for batch in encoded_batches(model, source, indices, CHUNK, seed)
    ]
    return LabeledSamples(
        torch.cat([part.labels for part in parts]),
        {
            subset: {
                name: _joined([part.generated[subset][name] for part in parts]) for name in names
            }
            for subset, names in targets.items()
        },
    )


def _chunk(
    model: Model,
    batch: EncodedBatch,
    cache: LabelCache,
    targets: Targets,
    posterior: Inference,
) -> LabeledSamples:
    if batch.labels is None:
        raise ValueError("the source has no labels")
    codec, noise = model.codec, batch.noise.at("coherence")
    generated = {}
    for subset, names in targets.items():
        given = batch.encoding.restrict(subset)
        content = posterior(given).rsample(noise.at("content"))
        styles = drawn_styles(codec, posterior, given, content, noise)
        generated[subset] = {name: cache.labels(name, content, styles[name]) for name in names}
    return LabeledSamples(batch.labels, generated)


def _labels(
    modality: Modality, likelihood: Distribution, classifier: TrainedClassifier | None
) -> GeneratedLabels:
    logits = None
    if classifier is not None:
        logits = classifier.logits(modality.classifier_input_of(likelihood)).cpu()
    decoded = modality.decoded_label(likelihood.mode)
    return GeneratedLabels(logits, None if decoded is None else decoded.cpu())


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype and torch.equal(a, b)


def _joined(parts: Sequence[GeneratedLabels]) -> GeneratedLabels:
    logits = [part.logits for part in parts if part.logits is not None]
    decoded = [part.decoded for part in parts if part.decoded is not None]
    return GeneratedLabels(
        torch.cat(logits) if logits else None, torch.cat(decoded) if decoded else None
    )


# -- agreement ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of the labels of generated values with the labels of the samples.

    For classes the score is the share of samples that agree; for binary attributes it is the mean average
    precision of the classifier.

    Arguments:
        classified: score by given subset and generated modality, with the classifier of the modality.
        decoded: the same for modalities whose most likely value encodes a label exactly.
        joint: by given subset, the share of samples for which all modalities outside of the subset agree
            with the label (all modalities, if none is outside).
        rows: number of samples.
        attributes: by given subset and generated modality, the average precision of each attribute, None
            if it has none; empty for classes.
        rates: the base rate of each attribute.
        errors: the standard errors of ``classified``; empty for classes, whose shares of ``rows`` give them.
        attribute_errors: the standard errors of ``attributes``.
    """

    classified: Shares
    decoded: Shares
    joint: Mapping[str, float]
    rows: int
    attributes: Mapping[str, Mapping[str, Sequence[float | None]]] = field(default_factory=dict)
    rates: Sequence[float] = ()
    errors: Shares = field(default_factory=dict)
    attribute_errors: Mapping[str, Mapping[str, Sequence[float | None]]] = field(
        default_factory=dict
    )


def agreement(samples: LabeledSamples) -> Agreement:
    """Compare the labels of generated values with the true labels."""
    return _of_attributes(samples) if samples.labels.dim() > 1 else _of_classes(samples)


def _of_attributes(samples: LabeledSamples) -> Agreement:
    attributes = {
        subset_name(subset): {
            name: average_precisions(samples.labels, generated.logits)
            for name, generated in by.items()
            if generated.logits is not None
        }
        for subset, by in samples.generated.items()
    }
    classified = {
        subset: {name: mean_precision(precisions) for name, precisions in by.items()}
        for subset, by in attributes.items()
    }
    rows, rates = len(samples.labels), base_rates(samples.labels)
    both = {
        subset_name(subset): {
            name: precision_errors(samples.labels, generated.logits)
            for name, generated in by.items()
            if generated.logits is not None
        }
        for subset, by in samples.generated.items()
    }
    errors = {subset: {name: e for name, (e, _) in by.items()} for subset, by in both.items()}
    each = {subset: {name: e for name, (_, e) in by.items()} for subset, by in both.items()}
    return Agreement(classified, {}, {}, rows, attributes, rates, errors, each)


def _of_classes(samples: LabeledSamples) -> Agreement:
    labels, generated = samples.labels, samples.generated
    right = {
        subset: {n: g.logits.argmax(-1) == labels for n, g in by.items() if g.logits is not None}
        for subset, by in generated.items()
    }
    decoded = {
        subset: {n: g.decoded == labels for n, g in by.items() if g.decoded is not None}
        for subset, by in generated.items()
    }
    outside = {
        subset: [agreed for name, agreed in by.items() if name not in subset]
        # all modalities, if none is outside
        or (list(by.values()) if len(subset) == len(generated[subset]) else [])
        for subset, by in right.items()
    }
    return Agreement(
        classified=_shares(right),
        decoded=_shares(decoded),
        joint={subset_name(k): _share_of_all(agreed) for k, agreed in outside.items() if agreed},
        rows=len(labels),
    )


def _shares(right: Mapping[tuple[str, ...], Mapping[str, Tensor]]) -> Shares:
    return {
        subset_name(subset): {name: float(agreed.float().mean()) for name, agreed in by.items()}
        for subset, by in right.items()
    }


def _share_of_all(right: Sequence[Tensor]) -> float:
    return float(torch.stack(list(right)).all(0).float().mean())
