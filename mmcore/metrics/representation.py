"""Table 1 of the paper: what a linear classifier finds in the latent variables."""

from collections.abc import Mapping, Sequence
from math import isnan

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.inference.representations import WHATEVER, represent
from mmcore.inference.subsets import subset_name
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.linear_probe import ProbeReport, labelled, probe
from mmcore.metrics.scores import attribute_names
from mmcore.reporting.record import Column, Table

__all__ = ["RepresentationMetric"]

LEAST_ROWS = 500


class RepresentationMetric(Metric):
    """Linear probes on posterior means, fitted on training samples, tested on held-out ones."""

    name = "representation"
    uses = ("subsets", "rows", "probe_rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return accuracies of content by subset and of styles by modality."""
        settings, data = subject.settings, subject.data
        train = represent(subject.model, data.train, settings.probe_rows, settings.seed)
        test = represent(subject.model, data.test, settings.rows, settings.seed)
        _check(train.labels[labelled(train.labels)], len(train.labels) < len(data.train))
        report = probe(train, test)
        about = (
            f"Test {report.score} of logistic regression on posterior means, fitted on {report.train_rows}"
            f" training samples, tested on {report.test_rows}; chance is {report.chance:.3f}."
        )
        score = (Column(name=report.score, best="high"),)
        names = [*map(subset_name, subject.given), *({WHATEVER} & report.content.keys())]
        rates = tuple(r for r in report.rates if 0 < r < 1)
        known = (sum(rates) / len(rates),) if rates else ()
        columns = (*score, *([Column(name="base rate")] if rates else []))
        content = {name: (report.content.get(name), *known) for name in names}
        tables = [Table(name="linear probe", about=about, columns=columns, rows=content)]
        if report.discrimination:
            tables.append(_discrimination(names, report))
        if report.styles:
            rows = {name: (value,) for name, value in report.styles.items()}
            about = (
                "The same on the modality's own subspace, which should know nothing of the label."
            )
            lowest = (Column(name=report.score, best="low"),)
            tables.append(
                Table(name="style probe", about=about, row_label="style", columns=lowest, rows=rows)
            )
        if report.attributes:
            tables.append(_by_attribute(report, subject))
        return Measured(
            tables,
            [
                *_few(train.labels),
                *_rare(train.labels),
                *_unmeasured(names, report.content),
                *report.warnings(),
            ],
        )


def _by_attribute(report: ProbeReport, subject: Subject) -> Table:
    names = attribute_names(subject.data.label_names, len(report.rates))
    columns = zip(*report.attributes.values(), strict=True)
    return Table(
        name="linear probe by attribute",
        about="Average precision of each attribute, which a probe that knows nothing brings to the base"
        " rate. An attribute that all samples have, or none, has no precision.",
        row_label="attribute",
        columns=(
            Column(name="base rate"),
            *(Column(name=subset, best="high") for subset in report.attributes),
        ),
        rows={
            name: (rate, *values)
            for name, rate, values in zip(names, report.rates, columns, strict=True)
        },
    )


def _discrimination(names: Sequence[str], report: ProbeReport) -> Table:
    found = report.discrimination
    return Table(
        name="discrimination",
        about="The same probes: the mean over classes of the share of their samples that is found, and"
        " the area under the ROC curve of each class against the others, a mean over classes. Chance is"
        f" {1 / max(report.classes, 1):.3f} and 0.5.",
        columns=(Column(name="balanced accuracy", best="high"), Column(name="AUROC", best="high")),
        rows={
            n: (found[n].balanced, _known(found[n].auroc)) if n in found else (None, None)
            for n in names
        },
    )


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _check(labels: Tensor, there_are_more: bool) -> None:
    """Check that there is something to fit; a small data set is taken whole, and that is told."""
    if not len(labels):
        raise MmcoreError("the data has no labels, which a linear probe looks for")
    if len(labels) < LEAST_ROWS and there_are_more:
        raise MmcoreError(
            f"a linear probe has {len(labels)} training samples to be fitted on, expected at least"
            f" {LEAST_ROWS}; raise probe_rows"
        )
    if len(labels.unique(dim=0)) < 2:
        raise MmcoreError(
            f"all {len(labels)} training samples have the label {labels[0].tolist()}, expected at least"
            " two different ones; a probe has nothing to tell apart"
        )


def _unmeasured(names: Sequence[str], content: Mapping[str, float]) -> list[str]:
    return [
        f"{name} is not probed: no labelled test sample, or too few training samples, have all of it"
        for name in names
        if name not in content
    ]


def _few(labels: Tensor) -> list[str]:
    rows = int(labelled(labels).sum())
    if rows >= LEAST_ROWS:
        return []
    return [
        f"the probes are fitted on all of {rows} training samples, which are few: read with care"
    ]


def _rare(labels: Tensor) -> list[str]:
    if labels.dim() > 1:
        return []  # attributes are rare or not, one by one
    values, counts = labels[labelled(labels)].unique(return_counts=True)
    return [
        f"label {label} occurs once among the {len(labels)} training samples of the probe, which says"
        " little of it"
        for label in values[counts == 1].tolist()
    ]
