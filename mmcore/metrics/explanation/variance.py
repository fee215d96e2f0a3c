"""Variance explained: by the content given each subset, and by each dimension of the content."""

from pydantic import BaseModel

from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.inference.explanation.variance import by_dimension, by_subset
from mmcore.inference.likelihood.importance_sampling import affordable_rows
from mmcore.inference.representation.batches import encoded
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.representations import AVAILABLE
from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Figure, Measured, Metric, Subject
from mmcore.metrics.figures.plots import heat_map
from mmcore.reporting.record import Column, FigureRecord, Table

__all__ = ["BY_DIMENSION", "VarianceMetric", "dimension_name"]

LEAST_ROWS, MOST_ROWS, NUMBERS = 50, 500, 1 << 18
"""Rows, and numbers in all of them: every row is decoded for each dimension."""
BY_DIMENSION = "variance explained by dimension"
FORMULA = (
    "Share of the variance of held-out values that the content explains, R2 = 1 - sum (x - y)^2 / sum x^2,"
    " where x are the observed elements (in standard deviations, or 1 and 0 for the classes of a category)"
    " and y their expectations, both minus their means over the samples."
)


def dimension_name(dimension: int) -> str:
    """Return the name of a dimension of the content in tables; ``mean_0`` of ``embed`` is ``content 0``."""
    return f"content {dimension}"


class VarianceMetric(Metric[BaseModel]):
    """Variance of each modality that the content explains, by given subset and by dimension."""

    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table by subset and a table by dimension."""
        model, settings = subject.model, subject.settings
        most = affordable_rows(model.codec, LEAST_ROWS, MOST_ROWS, NUMBERS)
        indices = subject.test_rows(min(most, settings.rows))
        encoding = encoded(model, subject.data.test, indices, settings.seed).encoding
        posterior = named_posterior(model, settings.fusion)
        alone = {name: by_dimension(model.codec, posterior, encoding, name) for name in model.names}
        compared = [name for name in model.names if any(v is not None for v in alone[name])]
        if not compared:
            raise MmcoreError(
                "no modality has values that vary over the held-out samples and are numbers, or categories"
                " with class_probabilities"
            )
        given = {subset_name(subset): subset for subset in subject.given}
        given |= {AVAILABLE: ()} if subject.has_missing else {}
        by_given = {
            key: by_subset(model.codec, posterior, encoding, subset)
            for key, subset in given.items()
        }
        counts = {key: _counts(encoding, subset, compared) for key, subset in given.items()}
        rows = {key: tuple(values[n] for n in compared) for key, values in by_given.items()}
        dimensions = {
            dimension_name(d): values
            for d, values in enumerate(zip(*(alone[n] for n in compared), strict=True))
        }
        tables = [
            _by_subset(compared, rows, counts),
            _by_dimension(compared, dimensions, _counts(encoding, (), compared)),
        ]
        drawing = heat_map(tables[1], "share of variance explained (R2)")
        return Measured(tables, _left_out(subject, compared), [Figure(_RECORD, drawing)])


_RECORD = FigureRecord(
    name="variance",
    topic="variance",
    title="Variance that each dimension of the content explains",
    about=f"The numbers of the table '{BY_DIMENSION}': the darker, the more of the variance of a modality"
    " (column) does a dimension of the content (row) explain alone.",
    alt="A grid of shaded numbers, a row for each dimension and a column for each modality.",
)


def _by_subset(
    names: list[str],
    rows: dict[str, tuple[float | None, ...]],
    counts: dict[str, tuple[int | None, ...]],
) -> Table:
    return Table(
        name="variance explained",
        topic="variance",
        about=f"{FORMULA} y is decoded from the posterior mean of the content given the modalities of the"
        " row, with the style at the mean of its prior. Samples that lack a given or the compared modality do"
        f" not count; {AVAILABLE} is given all that each sample has.",
        columns=tuple(Column(name=name, best="high") for name in names),
        rows=rows,
        n=counts,
    )


def _by_dimension(
    names: list[str], rows: dict[str, tuple[float | None, ...]], counts: tuple[int | None, ...]
) -> Table:
    return Table(
        name=BY_DIMENSION,
        folded=True,
        topic="variance",
        about=f"{FORMULA} y is decoded from one dimension of the posterior mean given all modalities of a"
        " sample, with the other dimensions at their averages over the samples and the style at the mean of"
        " its prior.",
        row_label="dimension",
        columns=tuple(Column(name=name) for name in names),
        rows=rows,
        n=dict.fromkeys(rows, counts),
    )


def _counts(encoding: Encoding, given: tuple[str, ...], names: list[str]) -> tuple[int | None, ...]:
    """Return how many rows have the given and the compared modality."""
    return tuple(int(encoding.has((*given, name)).sum()) for name in names)


def _left_out(subject: Subject, compared: list[str]) -> list[str]:
    return [
        f"the variance of {name} is not explained: it has no number and no category with"
        " class_probabilities, or its values do not vary over the held-out samples"
        for name in subject.model.names
        if name not in compared
    ]
