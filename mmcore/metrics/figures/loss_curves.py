"""The loss terms over the steps of a training."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from mmcore.terminal.escaping import drawn

__all__ = ["SKIPPED", "loss_curves", "value_range"]

SKIPPED = 0.05
"""Share of the steps, the first ones, that do not decide the range of an axis."""
MARGIN = 0.05
LEAST_MARGIN = 1e-3
"""A share of the value, so that a constant is in the middle of its axis."""
COLUMNS = 2
NO_TERMS = ("step", "epoch", "samples_per_second")


def loss_curves(lines: Sequence[Mapping[str, float]], title: str) -> Drawing | None:
    """Draw each term over the steps; None if there are no lines.

    Arguments:
        lines: the lines of ``metrics.jsonl``.
        title: title of the figure.
    """
    names = [name for name in (lines[-1] if lines else ()) if name not in NO_TERMS]
    if not names:
        return None
    height = -(-len(names) // COLUMNS)
    figure = Drawing(figsize=(3.6 * COLUMNS, 2.2 * height), layout="constrained")
    panels = list(figure.subplots(height, COLUMNS, squeeze=False).flat)
    for axes, name in zip(panels, names, strict=False):
        points = [(line["step"], line[name]) for line in lines if name in line]
        _draw(axes, points, name)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    figure.suptitle(drawn(title))
    return figure


def value_range(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the range of the values after the first steps, with a margin.

    Values of the first `SKIPPED` of the steps, where a loss often falls from a high value, are left out.

    Arguments:
        points: pairs of step and value.
    """
    last = points[-1][0]
    later = [value for step, value in points if step >= SKIPPED * last]
    low, high = min(later), max(later)
    margin = max(MARGIN * (high - low), LEAST_MARGIN * max(abs(low), abs(high), 1.0))
    return low - margin, high + margin


def _draw(axes: Axes, points: Sequence[tuple[float, float]], name: str) -> None:
    steps, values = zip(*points, strict=True)
    axes.plot(steps, values, color="black", linewidth=1)
    axes.set_ylim(*value_range(points))
    axes.set_title(drawn(f"{name} (nats)"), fontsize=10)
    axes.set_xlabel("step", fontsize=8)
