"""Coherence: whether what is generated shows what was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.data import Source
from mmcore.evaluation.classifiers import Judge
from mmcore.evaluation.subsets import restricted, subset_name
from mmcore.fusion import Fusion
from mmcore.model import Model
from mmcore.noise import Noise

__all__ = ["Coherence", "coherence", "random_coherence"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Coherence:
    """Shares of samples in which what was generated has the label of what was given.

    Arguments:
        judged: by given subset and target, by the target's classifier.
        read: the same for targets that can be read: the most likely value spells the label exactly.
        joint: by given subset, the share in which all targets outside of it agree with the label at
            once (all targets, where nothing is outside).
        rows: how many samples there were.
    """

    judged: Mapping[str, Mapping[str, float]]
    read: Mapping[str, Mapping[str, float]]
    joint: Mapping[str, float]
    rows: int


@dataclass(frozen=True, slots=True)
class _Verdict:
    judged: Tensor | None
    read: Tensor | None


@torch.no_grad()
def coherence(
    model: Model,
    source: Source,
    indices: Tensor,
    judges: Mapping[str, Judge],
    given: Sequence[tuple[str, ...]],
    fusion: Fusion,
    seed: int = 0,
) -> Coherence:
    r"""Generate every modality from every subset in ``given`` and compare labels.

    c ~ q(c | X_K) by ``fusion``, s_m ~ p(s_m): sampled, not means. The encoders run once for all
    subsets, and all subsets share the styles and the noise of the content.

    Arguments:
        model: a trained model.
        source: labelled samples.
        indices: which of them.
        judges: classifiers by modality; a modality without one and that cannot be read is left out.
        given: subsets K.
        fusion: how the experts of a subset are fused.
        seed: of contents and styles.

    References:
        Sutter, Daunhawer, Vogt (2020), Table 2; Shi, Siddharth, Paige, Torr (2019), Section 4.2.
    """
    parts = [
        _chunk(model, source, part, judges, given, fusion, seed) for part in indices.split(CHUNK)
    ]
    verdicts = {
        subset: {name: _joined([part[subset][name] for part in parts]) for name in model.names}
        for subset in given
    }
    return Coherence(
        judged=_shares({k: {n: v.judged for n, v in by.items()} for k, by in verdicts.items()}),
        read=_shares({k: {n: v.read for n, v in by.items()} for k, by in verdicts.items()}),
        joint={
            subset_name(k): share for k in given if (share := _joint(verdicts[k], k)) is not None
        },
        rows=len(indices),
    )


@torch.no_grad()
def random_coherence(model: Model, judges: Mapping[str, Judge], rows: int, seed: int = 0) -> float:
    """Return the share of samples from the prior on whose label *all* classifiers agree.

    Strict: a sample in which two of three modalities differ from the first counts as incoherent.
    """
    agreed = 0
    for number, part in enumerate(torch.arange(rows).split(CHUNK)):
        noise = Noise(len(part), seed=seed, step=number, device=model.device).at("random")
        content = noise.normal("content", model.config.content_dim)
        styles = model.random_styles(noise)
        labels = torch.stack(
            [
                judge.labels(
                    model.codec[name].evidence_of(model.codec.decode(name, content, styles[name]))
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
    given: Sequence[tuple[str, ...]],
    fusion: Fusion,
    seed: int,
) -> dict[tuple[str, ...], dict[str, _Verdict]]:
    noise = Noise(len(indices), seed=seed, step=int(indices[0]), device=model.device)
    host = Noise(len(indices), seed=seed, step=int(indices[0]))
    batch = source.fetch(indices, host).to(model.device)
    if batch.labels is None:
        raise ValueError("the source has no labels")
    encoding = model.codec.encode(batch)
    styles = model.random_styles(noise.at("coherence"))
    verdicts = {}
    for subset in given:
        posterior = fusion(restricted(encoding, model.names, subset))
        content = posterior.rsample(noise.at("coherence/content"))
        verdicts[subset] = {
            name: _verdict(
                model, name, model.codec.decode(name, content, styles[name]), judges, batch.labels
            )
            for name in model.names
        }
    return verdicts


def _verdict(
    model: Model, name: str, likelihood: Distribution, judges: Mapping[str, Judge], labels: Tensor
) -> _Verdict:
    modality = model.codec[name]
    judged = None
    if name in judges:
        judged = judges[name].labels(modality.evidence_of(likelihood)) == labels
    read = modality.reads_as(likelihood.mode)
    return _Verdict(judged, None if read is None else read == labels)


def _joined(parts: Sequence[_Verdict]) -> _Verdict:
    judged = [part.judged for part in parts if part.judged is not None]
    read = [part.read for part in parts if part.read is not None]
    return _Verdict(torch.cat(judged) if judged else None, torch.cat(read) if read else None)


def _shares(
    found: Mapping[tuple[str, ...], Mapping[str, Tensor | None]],
) -> dict[str, dict[str, float]]:
    return {
        subset_name(subset): {
            name: float(right.float().mean()) for name, right in by.items() if right is not None
        }
        for subset, by in found.items()
    }


def _joint(verdicts: Mapping[str, _Verdict], subset: Sequence[str]) -> float | None:
    outside = [name for name in verdicts if name not in subset] or list(verdicts)
    right = [v.judged for name in outside if (v := verdicts[name]).judged is not None]
    return float(torch.stack(right).all(0).float().mean()) if right else None
