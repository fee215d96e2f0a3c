"""Coherence: whether what is generated shows what was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.data import Source
from mmcore.encoding import Inference
from mmcore.inference.subsets import subset_name
from mmcore.metrics.classifiers import Judge
from mmcore.metrics.scores import average_precisions, base_rates, mean_precision
from mmcore.modality import Modality
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["Coherence", "coherence", "random_coherence"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Coherence:
    """How well what was generated shows the label of what was given.

    Labels are classes, and the score is the share of samples; or binary attributes, and the score is
    mean average precision, by the classifier alone.

    Arguments:
        judged: by given subset and target, by the target's classifier.
        read: the same for targets that can be read: the most likely value spells the label exactly.
        joint: by given subset, the share in which all targets outside of it agree with the label at
            once (all targets, where nothing is outside).
        rows: how many samples there were.
        attributes: by given subset and target, the average precision of each attribute, None where
            it has none; empty where labels are classes.
        rates: the base rate of each attribute.
    """

    judged: Mapping[str, Mapping[str, float]]
    read: Mapping[str, Mapping[str, float]]
    joint: Mapping[str, float]
    rows: int
    attributes: Mapping[str, Mapping[str, Sequence[float | None]]] = field(default_factory=dict)
    rates: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class _Generated:
    """What is said of the values of one target: logits, (B, L), and classes that are read, (B,)."""

    logits: Tensor | None
    read: Tensor | None


@dataclass(frozen=True, slots=True)
class _Part:
    labels: Tensor
    said: Mapping[tuple[str, ...], Mapping[str, _Generated]]


@torch.no_grad()
def coherence(
    model: Model,
    source: Source,
    indices: Tensor,
    judges: Mapping[str, Judge],
    given: Sequence[tuple[str, ...]],
    posterior: Inference,
    seed: int = 0,
    *,
    crossed: bool = False,
) -> Coherence:
    r"""Generate every modality from every subset in ``given`` and compare labels.

    c ~ q(c | X_K) by ``posterior``, s_m ~ p(s_m): sampled, not means. The encoders run once for all
    subsets, and all subsets share the styles and the noise of the content.

    Arguments:
        model: a trained model.
        source: labelled samples.
        indices: which of them.
        judges: classifiers by modality; a modality without one and that cannot be read is left out.
        given: subsets K.
        posterior: q(c | X_K).
        seed: of contents and styles.
        crossed: whether only what was not given is generated, and not every modality.

    References:
        Sutter, Daunhawer, Vogt (2020), Table 2; Shi, Siddharth, Paige, Torr (2019), Section 4.2.
    """
    targets = {
        subset: [name for name in model.names if not (crossed and name in subset)]
        for subset in given
    }
    parts = [
        _chunk(model, source, part, judges, targets, posterior, seed)
        for part in indices.split(CHUNK)
    ]
    labels = torch.cat([part.labels for part in parts])
    said = {
        subset: {name: _joined([part.said[subset][name] for part in parts]) for name in names}
        for subset, names in targets.items()
    }
    return _of_attributes(said, labels) if labels.dim() > 1 else _of_classes(said, labels)


@torch.no_grad()
def random_coherence(model: Model, judges: Mapping[str, Judge], rows: int, seed: int = 0) -> float:
    """Return the share of samples from the prior on whose label *all* classifiers agree.

    Strict: a sample in which two of three modalities differ from the first counts as incoherent.
    """
    agreed = 0
    for number, part in enumerate(torch.arange(rows).split(CHUNK)):
        noise = Noise(len(part), seed=seed, step=number, device=model.device).at("random")
        content = model.prior.sample(noise, "content")
        styles = model.random_styles(noise)
        labels = torch.stack(
            [
                judge.labels(
                    model.codec[name].classifier_input_of(
                        model.codec.decode(name, content, styles[name])
                    )
                )
                for name, judge in judges.items()
            ]
        )
        agreed += int((labels == labels[0]).all(0).sum())
    return agreed / rows


def _chunk(
    model: Model,
    source: Source,
    indices: Tensor,
    judges: Mapping[str, Judge],
    targets: Mapping[tuple[str, ...], Sequence[str]],
    posterior: Inference,
    seed: int,
) -> _Part:
    noise = Noise(len(indices), seed=seed, step=int(indices[0]), device=model.device)
    host = Noise(len(indices), seed=seed, step=int(indices[0]))
    batch = source.fetch(indices, host).to(model.device)
    if batch.labels is None:
        raise ValueError("the source has no labels")
    encoding = model.codec.encode(batch)
    styles = model.random_styles(noise.at("coherence"))
    said = {}
    for subset, names in targets.items():
        content = posterior(encoding.restrict(subset)).rsample(noise.at("coherence/content"))
        said[subset] = {
            name: _generated(
                model.codec[name], model.codec.decode(name, content, styles[name]), judges.get(name)
            )
            for name in names
        }
    return _Part(batch.labels.cpu(), said)


def _generated(modality: Modality, likelihood: Distribution, judge: Judge | None) -> _Generated:
    logits = None if judge is None else judge.logits(modality.classifier_input_of(likelihood)).cpu()
    read = modality.decoded_label(likelihood.mode)
    return _Generated(logits, None if read is None else read.cpu())


def _joined(parts: Sequence[_Generated]) -> _Generated:
    logits = [part.logits for part in parts if part.logits is not None]
    read = [part.read for part in parts if part.read is not None]
    return _Generated(torch.cat(logits) if logits else None, torch.cat(read) if read else None)


Said = Mapping[tuple[str, ...], Mapping[str, _Generated]]


def _of_attributes(said: Said, labels: Tensor) -> Coherence:
    attributes = {
        subset_name(subset): {
            name: average_precisions(labels, told.logits)
            for name, told in by.items()
            if told.logits is not None
        }
        for subset, by in said.items()
    }
    judged = {
        subset: {name: mean_precision(found) for name, found in by.items()}
        for subset, by in attributes.items()
    }
    return Coherence(judged, {}, {}, len(labels), attributes, base_rates(labels))


def _of_classes(said: Said, labels: Tensor) -> Coherence:
    right = {
        subset: {n: t.logits.argmax(-1) == labels for n, t in by.items() if t.logits is not None}
        for subset, by in said.items()
    }
    read = {
        subset: {n: t.read == labels for n, t in by.items() if t.read is not None}
        for subset, by in said.items()
    }
    outside = {
        subset: [agreed for name, agreed in by.items() if name not in subset]
        # where nothing is outside, all count
        or (list(by.values()) if len(subset) == len(said[subset]) else [])
        for subset, by in right.items()
    }
    return Coherence(
        judged=_shares(right),
        read=_shares(read),
        joint={subset_name(k): float(_all(found)) for k, found in outside.items() if found},
        rows=len(labels),
    )


def _shares(
    found: Mapping[tuple[str, ...], Mapping[str, Tensor]],
) -> dict[str, dict[str, float]]:
    return {
        subset_name(subset): {name: float(right.float().mean()) for name, right in by.items()}
        for subset, by in found.items()
    }


def _all(right: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(right)).all(0).float().mean()
