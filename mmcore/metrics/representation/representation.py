"""Representation: linear classifiers on posterior means (Table 1 of the paper)."""

from collections.abc import Mapping, Sequence
from math import isnan

from torch import Tensor

from mmcore.config.evaluation import RepresentationSettings
from mmcore.errors import MmcoreError
from mmcore.inference.representation.representations import AVAILABLE, represent
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.representation.linear_probe import ProbeReport, comparable, labeled, probe
from mmcore.metrics.scores import attribute_names
from mmcore.metrics.subset_sizes import by_number_given
from mmcore.reporting.record import Column, Table
from mmcore.reporting.statements import Estimate, Reference, Statement

__all__ = ["RepresentationMetric"]

LEAST_ROWS = 500
INTERVAL = (Column(name="from"), Column(name="to"))


class RepresentationMetric(Metric[RepresentationSettings]):
    """Linear probes on posterior means, fitted on training samples, tested on held-out ones."""

    uses = ("subsets", "rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return scores of the content, by subset, and of the styles, by modality."""
        settings, data = subject.settings, subject.data
        train = represent(subject.model, data.train, self.settings.probe_rows, settings.seed)
        test = represent(subject.model, data.test, settings.rows, settings.seed)
        _check(train.labels[labeled(train.labels)], len(train.labels) < len(data.train))
        compared = comparable(test)
        report = probe(train, compared)
        names = [*map(subset_name, subject.given), *({AVAILABLE} & report.content.keys())]
        tables = [_probes(names, report, compared.is_complete)]
        if compared is not test:
            own = probe(train, test)
            tables.append(_own_probes([*map(subset_name, subject.given), AVAILABLE], own))
        measured = {
            k: s for k in subject.given if (s := report.content.get(subset_name(k))) is not None
        }
        size = len(subject.model.names)
        tables += by_number_given(
            "linear probe by number given", "prediction", "The same.", measured, size
        )
        if report.discrimination:
            tables.append(_discrimination(names, report))
        if report.styles:
            tables.append(_style_probes(report))
        if report.attributes:
            tables.append(_by_attribute(report, subject))
        return Measured(
            tables,
            statements=_statements(subset_name(subject.model.names), report),
            left_out=[
                *_few(train.labels),
                *_rare(train.labels),
                *_unmeasured(names, report.content),
                *report.warnings(),
            ],
        )


def _probes(names: Sequence[str], report: ProbeReport, is_compared: bool) -> Table:
    """Return the scores of all subsets; they are compared on the same test samples."""
    rates = tuple(r for r in report.rates if 0 < r < 1)
    known = (sum(rates) / len(rates),) if rates else ()
    which = (
        "which have all modalities, " if is_compared else "each row on those that have the subset, "
    )
    empty = (None,) * len(known)
    return Table(
        name="linear probe",
        topic="prediction",
        about=f"Test {report.score} of logistic regression on posterior means, with its 95 % interval, fitted"
        f" on {report.train_rows} training samples, tested on {report.test_rows}, {which}and chance is"
        f" {report.chance:.3f}.",
        columns=(
            Column(name=report.score, best="high" if is_compared else "none"),
            *INTERVAL,
            *([Column(name="base rate")] if rates else []),
        ),
        rows={
            n: (report.content.get(n), *(report.interval(n) or (None, None)), *known) for n in names
        },
        errors={n: (report.content_errors.get(n), None, None, *empty) for n in names},
        n={n: (report.counts.get(n),) * (3 + len(known)) for n in names},
    )


def _style_probes(report: ProbeReport) -> Table:
    return Table(
        name="style probe",
        topic="styles",
        about="The same on the subspace of each modality, which should contain no information about the"
        " label.",
        row_label="style",
        columns=(Column(name=report.score, best="low"),),
        rows={name: (value,) for name, value in report.styles.items()},
        errors={name: (error,) for name, error in report.style_errors.items()},
    )


def _own_probes(names: Sequence[str], report: ProbeReport) -> Table:
    """Return the scores of each subset on all test samples that have it, which are not compared."""
    measured = [name for name in names if name in report.content]
    return Table(
        name="linear probe on all records",
        topic="prediction",
        about=f"The same probes, each tested on all held-out samples that have its subset, and {AVAILABLE} on"
        " all samples with what each has. The rows are of different samples and are not compared.",
        columns=(Column(name=report.score), *INTERVAL),
        rows={n: (report.content[n], *(report.interval(n) or (None, None))) for n in measured},
        errors={n: (report.content_errors[n], None, None) for n in measured},
        n={n: (report.counts[n],) * 3 for n in measured},
    )


def _statements(everything: str, report: ProbeReport) -> list[Statement]:
    if everything not in report.content:
        return []
    return [
        Statement(
            topic="prediction",
            quantity=f"the {report.score} with which a linear classifier predicts the label from the shared"
            " representation of all modalities",
            estimate=Estimate(
                value=report.content[everything], error=report.content_errors.get(everything)
            ),
            n=report.test_rows,
            references={"chance": Reference(value=report.chance)},
        )
    ]


def _by_attribute(report: ProbeReport, subject: Subject) -> Table:
    names = attribute_names(subject.data.label_names, len(report.rates))
    return Table(
        name="linear probe by attribute",
        topic="prediction",
        about="Average precision of each attribute; random scores reach the base rate. An attribute that all"
        " samples have, or none, has no precision.",
        row_label="attribute",
        columns=(
            Column(name="base rate"),
            *(Column(name=subset, best="high") for subset in report.attributes),
        ),
        rows={
            name: (rate, *(values[number] for values in report.attributes.values()))
            for number, (name, rate) in enumerate(zip(names, report.rates, strict=True))
        },
        errors={
            name: (None, *(errors[number] for errors in report.attribute_errors.values()))
            for number, name in enumerate(names)
        },
    )


def _discrimination(names: Sequence[str], report: ProbeReport) -> Table:
    scores = report.discrimination
    return Table(
        name="discrimination",
        topic="prediction",
        about="The same probes: share of samples that are classified correctly, mean over classes, and area"
        " under the ROC curve of each class against the others, mean over classes. Chance is"
        f" {1 / max(report.classes, 1):.3f} and 0.5.",
        columns=(Column(name="balanced accuracy", best="high"), Column(name="AUROC", best="high")),
        rows={
            n: (scores[n].balanced, _known(scores[n].auroc)) if n in scores else (None, None)
            for n in names
        },
        errors={n: tuple(map(_known, s.errors[1:])) for n, s in scores.items()},
        n={n: (report.counts.get(n),) * 2 for n in names},
    )


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _check(labels: Tensor, has_more: bool) -> None:
    """Check that a probe can be fitted; a small data set is used as a whole, with a warning."""
    if not len(labels):
        raise MmcoreError("the data has no labels, which a linear probe needs")
    if len(labels) < LEAST_ROWS and has_more:
        raise MmcoreError(
            f"a linear probe is fitted on {len(labels)} training samples, expected at least {LEAST_ROWS};"
            " increase probe_rows"
        )
    if len(labels.unique(dim=0)) < 2:
        raise MmcoreError(
            f"all {len(labels)} training samples have the label {labels[0].tolist()}, expected at least"
            " two different labels"
        )


def _unmeasured(names: Sequence[str], content: Mapping[str, float]) -> list[str]:
    return [
        f"{name} is not probed: no labeled test sample, or too few training samples, have all of it"
        for name in names
        if name not in content
    ]


def _few(labels: Tensor) -> list[str]:
    rows = int(labeled(labels).sum())
    if rows >= LEAST_ROWS:
        return []
    return [
        f"the probes are fitted on all {rows} training samples; with so few, the scores are uncertain"
    ]


def _rare(labels: Tensor) -> list[str]:
    if labels.dim() > 1:
        return []  # the report has the base rate of each attribute
    values, counts = labels[labeled(labels)].unique(return_counts=True)
    return [
        f"label {label} occurs once among the {len(labels)} training samples of the probe: its"
        " predictions are not reliable"
        for label in values[counts == 1].tolist()
    ]
