"""The map of the shared representation: principal components and t-SNE of posterior means."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.data import Source
from mmcore.inference.representation.representations import AVAILABLE, represent
from mmcore.metrics.scores import attribute_names, base_rates
from mmcore.model import Model
from mmcore.terminal.escaping import drawn

__all__ = ["MAP_ROWS", "TSNE_ROWS", "latent_map"]

MAP_ROWS, TSNE_ROWS, LEAST_ROWS = 1000, 300, 30
"""Samples in the map, those of them in the map of t-SNE, and fewest for t-SNE."""
LONGEST = 24
"""Characters of the name of a class in the legend."""
MARKERS = "os^DvPX<>*"
"""The classes differ in shape and in lightness, so that they are distinguished in grey."""


def latent_map(
    model: Model,
    source: Source,
    title: str,
    seed: int = 0,
    attributes: Sequence[str] | None = None,
    classes: Sequence[str] = (),
) -> Drawing:
    """Draw the joint posterior means by label: two principal components, and t-SNE of some samples.

    For binary attributes, the label is the attribute whose base rate is nearest to one half. Fewer than
    30 samples, or means of fewer than three dimensions, are drawn without t-SNE.

    Arguments:
        model: a trained model.
        source: samples.
        title: title of the figure.
        seed: seed of the choice of samples.
        attributes: names of binary attributes.
        classes: names of the label codes.
    """
    samples = represent(model, source, MAP_ROWS, seed)
    means = samples.content[AVAILABLE].double().numpy()
    labels, legend = _label(samples.labels, attributes)
    maps = _maps(means)
    figure = Drawing(figsize=(1.8 + 3.8 * len(maps), 4.5), layout="constrained")
    panels = figure.subplots(1, len(maps), squeeze=False)[0]
    for axes, (name, points) in zip(panels, maps.items(), strict=True):
        _scatter(axes, points, labels[: len(points)], classes)
        axes.set_xlabel(drawn(f"first {name}"), fontsize=9)
        axes.set_ylabel(drawn(f"second {name}"), fontsize=9)
    if bool((labels != UNKNOWN).any()):
        panels[-1].legend(
            *panels[0].get_legend_handles_labels(),
            title=drawn(legend),
            fontsize=8,
            loc="center left",
            bbox_to_anchor=(1, 0.5),
        )
    figure.suptitle(drawn(title), fontsize=10)
    return figure


def _maps(means: np.ndarray) -> dict[str, np.ndarray]:
    """Return points in the plane by the name of their coordinates; of t-SNE, the first samples alone."""
    points = PCA(min(2, means.shape[1])).fit_transform(means)
    if points.shape[1] < 2:
        points = np.concatenate([points, 0 * points], 1)
    maps = {"principal component": points}
    some = means[:TSNE_ROWS]
    if means.shape[1] > 2 and len(some) >= LEAST_ROWS and len(np.unique(some, axis=0)) > 1:
        perplexity = min(30.0, len(some) / 4)
        tsne = TSNE(2, perplexity=perplexity, max_iter=500, random_state=0)
        maps["coordinate of t-SNE"] = tsne.fit_transform(some)
    return maps


def _scatter(axes: Axes, points: np.ndarray, labels: Tensor, classes: Sequence[str]) -> None:
    known = labels.unique().tolist()
    for number, label in enumerate(known):
        rows = (labels == label).numpy()
        name = classes[label] if 0 <= label < len(classes) else str(label)
        name = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
        shade = colormaps["viridis"](0.8 * number / max(len(known) - 1, 1))
        axes.scatter(
            points[rows, 0],
            points[rows, 1],
            label="unknown" if label == UNKNOWN else drawn(name),
            s=14,
            color="0.75" if label == UNKNOWN else shade,
            marker=MARKERS[number % len(MARKERS)],
            linewidths=0,
        )


def _label(labels: Tensor, names: Sequence[str] | None) -> tuple[Tensor, str]:
    if labels.dim() == 1:
        return labels, "label"
    rates = base_rates(labels)
    balanced = min(range(len(rates)), key=lambda i: abs(rates[i] - 0.5))
    return labels[:, balanced], attribute_names(names, len(rates))[balanced]
