"""The figures of a run that no metric draws, with their captions."""

from collections.abc import Mapping, Sequence
from itertools import chain

from matplotlib.figure import Figure as Drawing

from mmcore.batch import Batch
from mmcore.data import Data
from mmcore.metrics.base import Figure
from mmcore.metrics.figures.loss_curves import SKIPPED, loss_curves
from mmcore.metrics.figures.pictures import (
    SIDE,
    STYLES,
    cross_generation,
    one_of_each,
    random_samples,
    reconstructions,
    swaps,
)
from mmcore.metrics.representation.latent_map import MAP_ROWS, TSNE_ROWS, latent_map
from mmcore.model import Model
from mmcore.reporting.record import FigureRecord
from mmcore.reporting.topics import Topic

__all__ = ["figures", "topics"]


def topics(model: Model) -> tuple[Topic, ...]:
    """Return the topics that the modalities of a model name as the first ones of a report."""
    named = chain.from_iterable(model.codec[name].topics for name in model.names)
    return tuple(dict.fromkeys(named))


def figures(
    model: Model, data: Data, losses: Sequence[Mapping[str, float]], seed: int
) -> list[Figure]:
    """Draw the figures of a model.

    Arguments:
        model: a trained model.
        data: the data that it was trained on.
        losses: the lines of ``metrics.jsonl``.
        seed: seed of random values.
    """
    batch, title = one_of_each(data.test), f"data: {data.kind}"
    drawn = [
        _reconstructions(model, batch, title),
        _cross_generation(model, batch, title, seed),
        *(_random_samples(model, name, title, seed) for name in model.names),
        *(_swaps(model, batch, name, title) for name in model.names),
        _latent_map(model, data, title, seed),
        _loss_curves(losses, title),
    ]
    return [figure for figure in drawn if figure is not None]


def _figure(drawing: Drawing | None, **record: str) -> Figure | None:
    return None if drawing is None else Figure(FigureRecord.model_validate(record), drawing)


def _reconstructions(model: Model, batch: Batch, title: str) -> Figure | None:
    return _figure(
        reconstructions(model, batch, title),
        name="reconstructions",
        topic="reconstruction",
        title="Reconstructions",
        about=f"{_samples(batch)}. Above the red line: the data; below: its reconstruction from all"
        " modalities of the sample.",
        alt="Rows of pictures of the data, and below them pictures of their reconstructions.",
    )


def _cross_generation(model: Model, batch: Batch, title: str, seed: int) -> Figure | None:
    return _figure(
        cross_generation(model, batch, title, seed),
        name="cross_generation",
        topic="generation",
        title="Each modality, generated from all others",
        about=f"{_samples(batch)}, one in each column. Above the red line: the given values; below: {STYLES}"
        " generated values, each row with another random style.",
        alt="Rows of pictures of given values, and below them rows of pictures of generated values.",
    )


def _random_samples(model: Model, name: str, title: str, seed: int) -> Figure | None:
    return _figure(
        random_samples(model, name, f"{name}, from the generation prior ({title})", seed),
        name=f"random-{name}",
        topic="generation",
        title=f"Random samples of {name}",
        about=f"{SIDE * SIDE} values whose content and style are drawn from the generation prior.",
        alt=f"A square of pictures of generated values of {name}.",
    )


def _swaps(model: Model, batch: Batch, name: str, title: str) -> Figure | None:
    return _figure(
        swaps(model, batch, name, f"{name}: content of the column, style of the row ({title})"),
        name=f"swaps-{name}",
        topic="styles",
        title=f"{name}: the style of each row with the content of each column",
        about=f"{_samples(batch)}. The diagonal shows reconstructions.",
        alt=f"A square of pictures of {name}, in which columns share a content and rows share a style.",
    )


def _latent_map(model: Model, data: Data, title: str, seed: int) -> Figure | None:
    rows = min(len(data.test), MAP_ROWS)
    drawing = latent_map(model, data.test, title, seed, data.label_names, data.classes)
    second = f", and t-SNE of {min(rows, TSNE_ROWS):,} of them" if len(drawing.axes) > 1 else ""
    labels = " Shape and color show the label." if drawing.axes[-1].get_legend() else ""
    distances = " Distances between groups in t-SNE have no meaning." if second else ""
    return _figure(
        drawing,
        name="latent_map",
        topic="embedding",
        title="Samples in the shared representation",
        about=f"{rows:,} held-out samples: the first two principal components of the posterior means of"
        f" the content, given all modalities that a sample has{second}.{labels}{distances}",
        alt="A scatter plot of samples; samples of one label have the same shape and color.",
    )


def _loss_curves(losses: Sequence[Mapping[str, float]], title: str) -> Figure | None:
    return _figure(
        loss_curves(losses, title),
        name="loss",
        topic="training",
        title="Loss terms over the steps of the training",
        about=f"Means over the steps between two of {len(losses):,} reports. The vertical axes show the range"
        f" of the values after the first {SKIPPED:.0%} of the steps; earlier values may be outside.",
        alt="Line plots of the loss and of each of its terms over the steps of the training.",
    )


def _samples(batch: Batch) -> str:
    return f"{len(batch)} held-out samples"
