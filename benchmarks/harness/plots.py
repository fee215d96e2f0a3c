"""The plots of the page: SVG files that can be read in greyscale."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["Line", "bars", "lines", "save"]

GREYS = ("0.15", "0.55", "0.8")
HATCHES = ("", "///", "...")
MARKERS = ("o", "s", "^", "D")
STYLES = ("-", "--", ":", "-.")

Line = Mapping[float, float]
"""The points of a line: y by x."""


def bars(values: Mapping[str, Mapping[str, float]], label: str) -> Figure:
    """Return horizontal bars: for each category, one bar of each series that has it.

    Arguments:
        values: by series, the value of each category.
        label: of the horizontal axis, with its unit.
    """
    categories = list(dict.fromkeys(name for series in values.values() for name in series))
    figure = Figure(figsize=(6.4, 0.6 + 0.55 * len(categories)), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / len(values)
    for number, (name, series) in enumerate(values.items()):
        places = [categories.index(category) + number * height for category in series]
        style = {"color": GREYS[number], "hatch": HATCHES[number], "edgecolor": "white"}
        drawn = axes.barh(places, list(series.values()), 0.9 * height, label=name, **style)
        axes.bar_label(drawn, fmt="{:,.0f}", padding=3, fontsize=8)
    axes.set_yticks([n + 0.4 - height / 2 for n in range(len(categories))], categories)
    axes.invert_yaxis()
    return _finished(figure, axes, label, "")


def lines(
    values: Mapping[str, Line], labels: tuple[str, str], *, logarithmic: bool = False
) -> Figure:
    """Return lines with markers.

    Arguments:
        values: by series, its points.
        labels: of the two axes, with their units.
        logarithmic: whether both axes are.
    """
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for number, (name, line) in enumerate(values.items()):
        look = {"marker": MARKERS[number], "linestyle": STYLES[number]}
        axes.plot(list(line), list(line.values()), color=GREYS[number % 2], label=name, **look)
    if logarithmic:
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        ticks = sorted({x for line in values.values() for x in line})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    return _finished(figure, axes, *labels)


def save(figure: Figure, path: Path) -> None:
    """Write an SVG file, the same for the same numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "benchmarks"}):
        figure.savefig(path, metadata={"Date": None})


def _finished(figure: Figure, axes: Axes, horizontal: str, vertical: str) -> Figure:
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return figure
