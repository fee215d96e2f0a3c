"""The map of the shared representation: principal components of posterior means."""

from collections.abc import Sequence

from matplotlib import colormaps
from matplotlib.figure import Figure as Drawing
from sklearn.decomposition import PCA
from torch import Tensor

from mmcore.batch import UNKNOWN
from mmcore.data import Source
from mmcore.inference.representations import AVAILABLE, represent
from mmcore.metrics.scores import attribute_names, base_rates
from mmcore.model import Model
from mmcore.terminal.escaping import drawn

__all__ = ["MAP_ROWS", "latent_map"]

MAP_ROWS = 1000
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
    """Draw the two principal components of the joint posterior means, by label.

    For binary attributes, the label is the attribute whose base rate is nearest to one half.

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
    points = PCA(min(2, means.shape[1])).fit_transform(means)
    second = points[:, 1] if points.shape[1] > 1 else 0 * points[:, 0]
    figure = Drawing(figsize=(5.6, 4.5), layout="constrained")
    axes = figure.subplots()
    labels, legend = _label(samples.labels, attributes)
    for number, label in enumerate(labels.unique().tolist()):
        rows = (labels == label).numpy()
        name = classes[label] if 0 <= label < len(classes) else str(label)
        name = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
        shade = colormaps["viridis"](0.8 * number / max(len(labels.unique()) - 1, 1))
        axes.scatter(
            points[rows, 0],
            second[rows],
            label="unknown" if label == UNKNOWN else drawn(name),
            s=14,
            color="0.75" if label == UNKNOWN else shade,
            marker=MARKERS[number % len(MARKERS)],
            linewidths=0,
        )
    axes.legend(title=drawn(legend), fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set_xlabel("first principal component", fontsize=9)
    axes.set_ylabel("second principal component", fontsize=9)
    axes.set_title(drawn(title), fontsize=10)
    return figure


def _label(labels: Tensor, names: Sequence[str] | None) -> tuple[Tensor, str]:
    if labels.dim() == 1:
        return labels, "label"
    rates = base_rates(labels)
    balanced = min(range(len(rates)), key=lambda i: abs(rates[i] - 0.5))
    return labels[:, balanced], attribute_names(names, len(rates))[balanced]
