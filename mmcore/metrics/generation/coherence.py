"""Coherence: whether generated values have the label of the given values (Table 2 of the paper)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from torch import Tensor

from mmcore.config.evaluation import CoherenceSettings
from mmcore.data import Source
from mmcore.encoding import Inference
from mmcore.errors import MmcoreError
from mmcore.inference.representation.posteriors import (
    CONDITIONAL,
    check_posterior,
    named_posterior,
)
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.classifiers import TrainedClassifier, classifiers_table
from mmcore.metrics.errors import share_error, share_errors
from mmcore.metrics.generation.coherence_statements import coherence_statements
from mmcore.metrics.generation.generated_labels import (
    Agreement,
    LabelCache,
    agreement,
    labels_given,
)
from mmcore.metrics.generation.random_coherence import random_coherence_table
from mmcore.metrics.priors import about_styles
from mmcore.metrics.scores import (
    attribute_names,
    mean_precision,
)
from mmcore.metrics.subset_sizes import by_number_given
from mmcore.model import Model
from mmcore.plugins import Context
from mmcore.reporting.record import Column, Table

__all__ = ["CoherenceMetric", "coherence", "coherence_metric"]

ALL = "all others"


def coherence(
    model: Model,
    source: Source,
    indices: Tensor,
    classifiers: Mapping[str, TrainedClassifier],
    given: Sequence[tuple[str, ...]],
    posterior: Inference,
    seed: int = 0,
    *,
    crossed: bool = False,
    cache: LabelCache | None = None,
) -> Agreement:
    """Generate every modality given every subset in ``given`` and compare the labels.

    Arguments:
        model: a trained model.
        source: samples with labels.
        indices: which samples, (N,).
        classifiers: by modality; a modality without one is left out, unless it decodes labels exactly.
        given: subsets K.
        posterior: q(c | X_K).
        seed: seed of contents and styles.
        crossed: whether only modalities that are not given are generated.
        cache: labels that other posteriors have generated with the same model and classifiers.

    References:
        Sutter, Daunhawer, Vogt (2020), Table 2; Shi, Siddharth, Paige, Torr (2019), Section 4.2.
    """
    targets = {k: [n for n in model.names if not (crossed and n in k)] for k in given}
    cache = cache or LabelCache(model.codec, classifiers)
    samples = labels_given(model, source, indices, cache, targets, posterior, seed)
    return agreement(samples)


# -- the metric ----------------------------------------------------------------------------------


def coherence_metric(settings: CoherenceSettings, context: Context) -> "CoherenceMetric":
    """Return the metric.

    Raises:
        MmcoreError: a compared posterior is unknown.
    """
    for name in settings.compared:
        check_posterior(name, context.catalogue)
    return CoherenceMetric(settings, context)


class CoherenceMetric(Metric[CoherenceSettings]):
    """Coherence given subsets, by classifier and by exact decoding, and coherence of the prior."""

    uses = ("subsets", "rows", "fusion", "seed", "precision")

    def measure(self, subject: Subject) -> Measured:
        """Return tables of coherence by classifier, by exact decoding, of the prior and by posterior."""
        model, settings, classifiers = subject.model, subject.settings, subject.classifiers
        if not classifiers and subject.has_missing:
            raise MmcoreError("no modality has a classifier and labeled items")
        indices, cache = subject.complete_rows(settings.rows), LabelCache(model.codec, classifiers)
        measured = _measured(subject, indices, settings.fusion, subject.given, cache)
        if not any(measured.classified.values()) and not any(measured.decoded.values()):
            raise MmcoreError(
                "no modality has a classifier or decodes labels; see Modality.classifier and"
                " Modality.decoded_label"
            )
        tables, left_out = [], subject.without_classifier
        if classifiers:
            tables += [
                _by_classifier(measured, subject),
                *_by_number_given(measured, subject),
                classifiers_table(classifiers, subject.data.kind),
            ]
        if any(measured.decoded.values()):
            tables.append(_decoded(measured, model.names))
        if measured.attributes:
            tables.append(_by_attribute(measured, subject))
            left_out.append("random coherence is left out: binary attributes are not one label")
        elif len(classifiers) > 1:
            tables.append(random_coherence_table(subject, indices))
        pairs = [k for k in subject.given if 1 < len(k) < len(model.names)]
        if pairs and classifiers:
            tables += self._by_posterior(subject, indices, pairs, cache, left_out)
        return Measured(tables, left_out, statements=coherence_statements(measured, subject))

    def _by_posterior(
        self,
        subject: Subject,
        indices: Tensor,
        pairs: list[tuple[str, ...]],
        cache: LabelCache,
        left_out: list[str],
    ) -> list[Table]:
        rows: dict[str, tuple[float | None, ...]] = {}
        errors: dict[str, tuple[float | None, ...]] = {}
        columns: list[str] = []
        fitted = [] if subject.model.conditional is None else [CONDITIONAL]
        for name in dict.fromkeys([*self.settings.compared, *fitted]):
            try:
                measured = _measured(subject, indices, name, pairs, cache, crossed=True)
            except MmcoreError as error:
                left_out.append(f"the posterior '{name}' is not compared: {error}")
                continue
            outside = {
                f"{subset} → {target}": share
                for subset, by in measured.classified.items()
                for target, share in by.items()
            }
            columns = list(outside)
            rows[name] = (*outside.values(), sum(outside.values()) / max(len(outside), 1))
            if not measured.attributes:
                errors |= share_errors({name: (*outside.values(), None)}, measured.rows)
        table = Table(
            name="posteriors",
            about="Coherence by the posterior from which the content is drawn; 'generation' and"
            " 'inference' are the posteriors of the method, 'conditional' is that of the fitted conditional"
            " prior, the others combine unimodal experts with equal weights.",
            row_label="posterior",
            columns=tuple(Column(name=name, best="high") for name in (*columns, "mean")),
            rows=rows,
            errors=errors,
        )
        return [table] if rows else []


def _measured(
    subject: Subject,
    indices: Tensor,
    name: str,
    given: list[tuple[str, ...]],
    cache: LabelCache,
    *,
    crossed: bool = False,
) -> Agreement:
    with subject.autocast():
        return coherence(
            subject.model,
            subject.data.test,
            indices,
            subject.classifiers,
            given,
            named_posterior(subject.model, name),
            subject.settings.seed,
            crossed=crossed,
            cache=cache,
        )


def _by_classifier(measured: Agreement, subject: Subject) -> Table:
    names = list(subject.classifiers)
    own = ", ".join(f"{n} {c.score:.3f}" for n, c in subject.classifiers.items())
    columns = tuple(Column(name=name, best="high") for name in names)
    rows = {k: tuple(by.get(name) for name in names) for k, by in measured.classified.items()}
    if measured.attributes:
        about = (
            "Mean average precision of a classifier of the generated modality (column) for the attributes"
            f" of the given sample (row); random scores reach {mean_precision(measured.rates):.3f}."
            f" {measured.rows} held-out samples; content is drawn from the posterior"
            f" '{subject.settings.fusion}', {about_styles(subject.settings.fusion)}. Mean average precision"
            f" of the classifiers on real items: {own}."
        )
        errors = {k: tuple(by.get(n) for n in names) for k, by in measured.errors.items()}
        return Table(
            name="coherence",
            topic="generation",
            about=about,
            columns=columns,
            rows=rows,
            errors=errors,
            n=measured.rows,
        )
    about = (
        "Share of samples for which a classifier assigns the label of the given sample (row) to the"
        f" generated modality (column); '{ALL}': to all modalities that are not given at once (if all"
        f" are given, to all). {measured.rows} held-out samples; content is drawn from the posterior"
        f" '{subject.settings.fusion}', {about_styles(subject.settings.fusion)}. Accuracy of the classifiers"
        f" on real items: {own}."
    )
    with_joint = {subset: (*values, measured.joint.get(subset)) for subset, values in rows.items()}
    return Table(
        name="coherence",
        topic="generation",
        n=measured.rows,
        about=about,
        columns=(*columns, Column(name=ALL, best="high")),
        rows=with_joint,
        errors=share_errors(with_joint, measured.rows),
    )


def _by_number_given(measured: Agreement, subject: Subject) -> list[Table]:
    crossed = {
        k: [score for name, score in measured.classified[subset_name(k)].items() if name not in k]
        for k in subject.given
    }
    scores = {k: fmean(own) for k, own in crossed.items() if own}
    about = "The same, mean over the modalities that are not given."
    size = len(subject.model.names)
    return by_number_given("coherence by number given", "generation", about, scores, size)


def _by_attribute(measured: Agreement, subject: Subject) -> Table:
    """Return the precision of each attribute in modalities that are not given, with its base rate."""
    crossed, errors = _crossed(measured.attributes), _crossed(measured.attribute_errors)
    names = attribute_names(subject.data.label_names, len(measured.rates))
    return Table(
        name="coherence by attribute",
        topic="generation",
        n=measured.rows,
        about="Average precision of each attribute in generated modalities;"
        f" {measured.rows} held-out samples. An attribute that all samples have, or none, has no precision.",
        row_label="attribute",
        columns=(
            Column(name="base rate"),
            *(Column(name=name, best="high") for name in crossed),
        ),
        rows={
            name: (rate, *(values[number] for values in crossed.values()))
            for number, (name, rate) in enumerate(zip(names, measured.rates, strict=True))
        },
        errors={
            name: (
                share_error(rate, measured.rows),
                *(values[number] for values in errors.values()),
            )
            for number, (name, rate) in enumerate(zip(names, measured.rates, strict=True))
        },
    )


def _crossed(
    attributes: Mapping[str, Mapping[str, Sequence[float | None]]],
) -> dict[str, Sequence[float | None]]:
    """Return the numbers of the modalities that are not given, by ``given → modality``."""
    return {
        f"{subset} → {name}": values
        for subset, by in attributes.items()
        for name, values in by.items()
        if name not in subset.split("+")
    }


def _decoded(measured: Agreement, names: tuple[str, ...]) -> Table:
    decoded = [name for name in names if any(name in by for by in measured.decoded.values())]
    rows = {subset: tuple(by.get(n) for n in decoded) for subset, by in measured.decoded.items()}
    return Table(
        name="exact reading",
        topic="generation",
        n=measured.rows,
        about="Share of samples whose most likely generated value encodes the label exactly, a stricter"
        " criterion than a classifier.",
        columns=tuple(Column(name=name, best="high") for name in decoded),
        rows=rows,
        errors=share_errors(rows, measured.rows),
    )
