"""Table 1 of the paper: what a linear classifier finds in the latent variables."""

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.evaluation.linear_probe import probe
from mmcore.evaluation.metrics.base import Measured, Metric, Subject
from mmcore.evaluation.representations import represent
from mmcore.evaluation.subsets import subset_name
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
        train = represent(subject.model, data.probe, settings.probe_rows, settings.seed)
        test = represent(subject.model, data.test, settings.rows, settings.seed)
        _check(train.labels)
        report = probe(train, test)
        about = (
            f"Test {report.score} of logistic regression on posterior means, fitted on {report.train_rows}"
            f" training samples, tested on {report.test_rows}; chance is {report.chance:.3f}."
        )
        score = (Column(name=report.score, best="high"),)
        content = {subset_name(k): (report.content[subset_name(k)],) for k in subject.given}
        tables = [Table(name="linear probe", about=about, columns=score, rows=content)]
        if report.styles:
            rows = {name: (value,) for name, value in report.styles.items()}
            about = (
                "The same on the modality's own subspace, which should know nothing of the label."
            )
            lowest = (Column(name=report.score, best="low"),)
            tables.append(
                Table(name="style probe", about=about, row_label="style", columns=lowest, rows=rows)
            )
        return Measured(tables, [*_rare(train.labels), *report.warnings()])


def _check(labels: Tensor) -> None:
    """Check that there is something to fit."""
    if len(labels) < LEAST_ROWS:
        raise MmcoreError(
            f"a linear probe has {len(labels)} training samples to be fitted on, expected at least"
            f" {LEAST_ROWS}; evaluate a run with more data"
        )
    if len(labels.unique(dim=0)) < 2:
        raise MmcoreError(
            f"all {len(labels)} training samples have the label {labels[0].tolist()}, expected at least"
            " two different ones; a probe has nothing to tell apart"
        )


def _rare(labels: Tensor) -> list[str]:
    if labels.dim() > 1:
        return []  # attributes are rare or not, one by one
    values, counts = labels.unique(return_counts=True)
    return [
        f"label {label} occurs once among the {len(labels)} training samples of the probe, which says"
        " little of it"
        for label in values[counts == 1].tolist()
    ]
