"""Features that change most with each dimension of the content, from the decoders."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmcore.config.evaluation import AttributionsSettings
from mmcore.data.tables import Reader
from mmcore.errors import MmcoreError
from mmcore.inference.explanation.attributions import loadings
from mmcore.inference.likelihood.importance_sampling import affordable_rows
from mmcore.inference.prediction.elements import Elements
from mmcore.inference.representation.batches import EncodedBatch, encoded
from mmcore.metrics.base import Figure, Measured, Metric, Subject
from mmcore.metrics.explanation.variance import dimension_name
from mmcore.metrics.figures.plots import bars
from mmcore.reporting.record import Column, FigureRecord, Table

__all__ = ["TOP_FEATURES", "AttributionsMetric", "columns_reader", "element_names"]

LEAST_ROWS, MOST_ROWS, NUMBERS = 20, 200, 1 << 17
"""Rows, and numbers in all of them: every row is decoded and differentiated for each dimension."""
LEAST = 0.05
"""Change, in units, below which no feature is listed."""
TOP_FEATURES = "top features"
PANELS = 6
"""Dimensions in the figure."""
UNIT = "change for one standard deviation of the dimension (standard deviations; probability of a class)"


class AttributionsMetric(Metric[AttributionsSettings]):
    """Integrated gradients of the decoders of columns: the top features of each content dimension."""

    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table with the features of each dimension that it changes most."""
        names = [name for name in subject.model.names if columns_reader(subject, name) is not None]
        if not names:
            raise MmcoreError("no modality has named columns, whose changes could be listed")
        most = affordable_rows(subject.model.codec, LEAST_ROWS, MOST_ROWS, NUMBERS)
        indices = subject.test_rows(min(most, subject.settings.rows))
        batch = encoded(subject.model, subject.data.test, indices, subject.settings.seed)
        weights: dict[str, Tensor] = {}
        for name in names:
            weights |= _named_loadings(subject, name, batch)
        tops = _tops(torch.stack(list(weights.values()), 1), self.settings.top)
        keys = list(weights)
        changes = {
            dimension_name(d): {keys[place]: float(weights[keys[place]][d]) for place in places}
            for d, places in enumerate(tops)
            if places
        }
        if not changes:
            raise MmcoreError(f"no dimension of the content changes a feature by {LEAST} units")
        table = Table(
            name=TOP_FEATURES,
            topic="factors",
            n=len(indices),
            about=f"The {self.settings.top} features that change most with each dimension of the content: the"
            " mean change of the decoded value for one standard deviation of the dimension, in standard"
            " deviations of the column, or in probability for a class; by integrated gradients from the"
            " average content of held-out samples, exact for a linear decoder.",
            row_label="feature",
            columns=(Column(name="change"),),
            rows={
                f"{d}: {key}": (value,) for d, own in changes.items() for key, value in own.items()
            },
        )
        return Measured([table], _left_out(tops), [_figure(changes)])


def _figure(changes: Mapping[str, Mapping[str, float]]) -> Figure:
    """Return the figure of the dimensions with the largest changes."""
    order = sorted(changes, key=lambda d: -max(abs(change) for change in changes[d].values()))
    shown = [dimension for dimension in changes if dimension in order[:PANELS]]
    record = FigureRecord(
        name="top_features",
        topic="factors",
        title="Features that change most with the content",
        about=f"The numbers of the table '{TOP_FEATURES}' for the {len(shown)} dimensions with the largest"
        " changes: dark bars for an increase, light bars for a decrease.",
        alt="Horizontal bars, one for each feature, in a panel for each dimension of the content.",
    )
    return Figure(record, bars({d: changes[d] for d in shown}, UNIT))


def element_names(reader: Reader, elements: Elements, size: int) -> list[str]:
    """Return the names of ``size`` elements: a column, or ``column=class``."""
    columns, on_scale = reader.columns(), elements.on_scale.tolist()
    numbers = [c for c, number in zip(columns, on_scale, strict=True) if number]
    coded = [c for c, number in zip(columns, on_scale, strict=True) if not number]
    if size == len(numbers):
        return numbers
    classes = elements.classes(size)
    codes = torch.arange(classes).unsqueeze(1).expand(classes, len(columns))
    words = reader.write(codes.to(torch.get_default_dtype()))
    return [*numbers, *(f"{column}={words[column][k]}" for column in coded for k in range(classes))]


def columns_reader(subject: Subject, name: str) -> Reader | None:
    """Return the reader of a modality whose elements are columns; None for another modality."""
    reader = subject.data.readers.get(name)
    size = subject.model.codec[name].event_shape.numel()
    return reader if reader is not None and len(reader.columns()) == size else None


def _named_loadings(subject: Subject, name: str, batch: EncodedBatch) -> dict[str, Tensor]:
    model, reader = subject.model, columns_reader(subject, name)
    assert reader is not None, "checked by the caller"
    if name not in batch.encoding.values:
        return {}
    elements = Elements.of(model.codec[name], batch.encoding.values[name])
    changes = loadings(model.codec, name, elements, model.inference(batch.encoding).mean.detach())
    names = element_names(reader, elements, changes.shape[1])
    prefix = f"{name}." if len(model.names) > 1 else ""
    return {prefix + column: change for column, change in zip(names, changes.cpu().T, strict=True)}


def _tops(weights: Tensor, most: int) -> list[list[int]]:
    """Return for each dimension the elements with the largest changes, the largest first."""
    order = weights.abs().argsort(dim=1, descending=True)[:, :most]
    large = weights.abs().gather(1, order) >= LEAST
    return [row[keep].tolist() for row, keep in zip(order, large, strict=True)]


def _left_out(tops: Sequence[Sequence[int]]) -> list[str]:
    silent = [dimension_name(d) for d, places in enumerate(tops) if not places]
    if not silent:
        return []
    return [f"no feature changes by {LEAST} standard deviations with {', '.join(silent)}"]
