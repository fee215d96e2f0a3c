"""Random coherence: whether all modalities of a sample of the model have the same label."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.inference.representation.batches import encoded_batches
from mmcore.metrics.base import Subject
from mmcore.metrics.classifiers import TrainedClassifier
from mmcore.metrics.errors import share_errors
from mmcore.metrics.priors import AGGREGATE, about_priors, aggregate_latents, named_priors
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import LatentPrior, Latents
from mmcore.reporting.record import Column, Table

__all__ = ["LabelAgreement", "class_count", "random_coherence", "random_coherence_table"]

CHUNK = 500
GUESSES = "(independent guesses)"

Classifiers = Mapping[str, TrainedClassifier]


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Shares of samples whose labels of the modalities agree.

    Arguments:
        strict: share of samples in which all labels agree.
        lenient: share in which all or none of the others agree with the first; None for two modalities.
        pairs: share in which two labels agree, by ``a = b``.
    """

    strict: float
    lenient: float | None
    pairs: Mapping[str, float]

    @classmethod
    def of(cls, labels: Tensor, names: Iterable[str]) -> "LabelAgreement":
        """Return the shares of (M, N) labels."""
        same = labels[1:] == labels[:1]
        pairs = {
            f"{one} = {other}": _share(labels[i] == labels[j])
            for (i, one), (j, other) in combinations(enumerate(names), 2)
        }
        lenient = _share(same.all(0) | ~same.any(0)) if len(labels) > 2 else None
        return cls(_share(same.all(0)), lenient, pairs)

    @classmethod
    def of_guesses(cls, classes: int, names: list[str]) -> "LabelAgreement":
        """Return what labels score that are drawn uniformly and independently."""
        one, others = 1 / classes, len(names) - 1
        lenient = one**others + (1 - one) ** others if others > 1 else None
        pairs = {f"{first} = {second}": one for first, second in combinations(names, 2)}
        return cls(one**others, lenient, pairs)

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """The shares, in the order of the columns of the table."""
        return (self.strict, self.lenient, *self.pairs.values())


@torch.no_grad()
def random_coherence(
    model: Model,
    prior: LatentPrior,
    classifiers: Classifiers,
    rows: int,
    seed: int = 0,
    *,
    bfloat16: bool = False,
) -> LabelAgreement:
    """Return the agreement of the labels of ``rows`` samples from a prior, perhaps decoded in bfloat16."""
    labels = []
    for number, part in enumerate(torch.arange(rows).split(CHUNK)):
        noise = Noise(len(part), seed=seed, step=number, device=model.device).at("random")
        labels.append(_labels(model, classifiers, prior.sample(noise), bfloat16))
    return LabelAgreement.of(torch.cat(labels, 1), classifiers)


def random_coherence_table(subject: Subject, indices: Tensor) -> Table:
    """Return random coherence for the priors, and for contents of held-out samples.

    Arguments:
        subject: model and data.
        indices: the held-out samples.
    """
    model, classifiers, seed = subject.model, subject.classifiers, subject.settings.seed
    half = subject.bfloat16
    priors = named_priors(model)
    rows = {
        name: random_coherence(
            model, prior, classifiers, subject.settings.rows, seed, bfloat16=half
        )
        for name, prior in priors.items()
    }
    batches = encoded_batches(model, subject.data.test, indices, CHUNK, seed)
    inferred = [_labels(model, classifiers, aggregate_latents(model, one), half) for one in batches]
    rows[AGGREGATE] = LabelAgreement.of(torch.cat(inferred, 1), classifiers)
    names = list(classifiers)
    rows[GUESSES] = LabelAgreement.of_guesses(class_count(subject), names)
    columns = ["all agree", "lenient", *rows[GUESSES].pairs]
    counts = {**dict.fromkeys(priors, subject.settings.rows), AGGREGATE: len(indices)}
    return Table(
        name="random coherence",
        n={name: (counts.get(name),) * len(columns) for name in rows},
        topic="generation",
        about=f"Share of {subject.settings.rows} samples from each prior to which all classifiers assign"
        " the same label; 'lenient', the criterion of the published code, also counts samples in which no"
        f" label is that of {names[0]}. {about_priors(model)} The ceiling draws contents from the"
        f" posteriors of {len(indices)} held-out samples, and styles from the prior of the training.",
        row_label="from",
        columns=tuple(Column(name=name, best="high") for name in columns),
        rows={name: own.numbers for name, own in rows.items()},
        errors={
            row: error
            for name, count in counts.items()
            for row, error in share_errors({name: rows[name].numbers}, count).items()
        },
    )


@torch.no_grad()
def _labels(model: Model, classifiers: Classifiers, latents: Latents, bfloat16: bool) -> Tensor:
    """Return the labels of decoded values, one row for each classifier, (M, B)."""
    labels = []
    for name, classifier in classifiers.items():
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bfloat16):
            likelihood = model.codec.decode(name, latents.content, latents.styles[name])
        labels.append(classifier.labels(model.codec[name].classifier_input_of(likelihood)))
    return torch.stack(labels)


def class_count(subject: Subject) -> int:
    """Return the number of classes of the held-out samples."""
    labels = subject.data.test.labels
    assert labels is not None, "complete rows have labels"
    return len(labels[labels != UNKNOWN].unique())


def _share(mask: Tensor) -> float:
    return float(mask.float().mean())
