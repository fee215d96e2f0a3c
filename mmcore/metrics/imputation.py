"""Imputation and calibration, by given subset and target."""

from collections.abc import Mapping, Sequence

from mmcore.inference.posteriors import named_posterior
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.imputation_of import COVERED, impute
from mmcore.noise import Noise
from mmcore.reporting.record import Column, Table

__all__ = ["ImputationMetric"]

ROWS = 200


class ImputationMetric(Metric):
    """Reconstruction errors and interval coverage."""

    name = "imputation"
    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table of errors and, for continuous modalities, one of coverage."""
        model, settings = subject.model, subject.settings
        indices = subject.test_rows(min(ROWS, settings.rows))
        batch = subject.data.test.fetch(indices, Noise(len(indices), seed=settings.seed))
        noise = Noise(len(indices), seed=settings.seed, device=model.device).at("imputation")
        encoding = model.codec.encode(batch.to(model.device))
        fusion = named_posterior(model, settings.fusion)
        found = impute(model.codec, fusion, encoding, subject.given, noise)
        about = (
            f"{len(indices)} held-out samples; mean absolute error of each element of the most likely"
            " value (of a column of a table in its standard deviations), or the share of wrong elements"
            " where values are discrete. Rows count that have what is given and what is compared."
        )
        low = tuple(Column(name=name, best="low") for name in model.names)
        errors = {k: tuple(by.get(n) for n in model.names) for k, by in found.error.items()}
        tables = [Table(name="imputation error", about=about, columns=low, rows=errors)]
        continuous = _told_of(model.names, found.coverage)
        if continuous:
            about = (
                f"Share of elements within an interval that should cover {COVERED:.2f}: more is too"
                " cautious, less too sure."
            )
            columns = tuple(Column(name=name) for name in continuous)
            rows = {k: tuple(by.get(n) for n in continuous) for k, by in found.coverage.items()}
            tables.append(Table(name="interval coverage", about=about, columns=columns, rows=rows))
        compared = _told_of(model.names, found.error)
        absent = [n for n in model.names if n not in compared]
        discrete = [n for n in compared if n not in continuous]
        return Measured(
            tables,
            [
                *(f"{n} is not compared: no held-out sample has it" for n in absent),
                *(f"{n} is discrete and has no interval coverage" for n in discrete),
            ],
        )


def _told_of(names: Sequence[str], found: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [name for name in names if any(name in by for by in found.values())]
