"""Plots of tables of an evaluation: heat maps, bars of features, and the overview of the data."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from mmcore.reporting.record import Table
from mmcore.terminal.escaping import drawn

__all__ = ["bars", "heat_map", "shortened", "tiles"]

LONGEST = 32
"""Characters of a name on an axis."""
PANELS, CHARACTERS = 3, 60
"""Panels side by side, and characters of a label that fit below one."""
LEAST_SIGNED = 0.5
"""Smallest end of the shades of signed numbers, so that small correlations are pale."""
DARK, LIGHT = "0.25", "0.92"


def shortened(name: str) -> str:
    """Return a name that fits beside an axis, as literal text."""
    return drawn(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")


def heat_map(
    table: Table,
    unit: str,
    *,
    signed: Sequence[bool] | None = None,
    marked: Mapping[str, Sequence[bool]] | None = None,
) -> Drawing:
    """Draw the numbers of a table as shades, with the number in each cell.

    Arguments:
        table: the numbers; one that is not known is drawn in white.
        unit: label of the color bar.
        signed: columns whose numbers have a sign, which is written before them; the shades are then
            symmetric around 0. By default, no column has one.
        marked: cells, by row, that have a star after their number.
    """
    names, rows = [column.name for column in table.columns], list(table.rows)
    values = np.array([[np.nan if v is None else v for v in own] for own in table.rows.values()])
    largest = float(np.nanmax(np.abs(values), initial=1e-9))
    largest = max(largest, LEAST_SIGNED) if signed is not None else largest
    figure = Drawing(figsize=(2.6 + 0.75 * len(names), 1.4 + 0.3 * len(rows)), layout="constrained")
    axes = figure.subplots()
    low, shades = (
        (-largest, "RdBu_r")
        if signed is not None
        else (min(0.0, float(np.nanmin(values))), "Blues")
    )
    image = axes.imshow(values, aspect="auto", cmap=shades, vmin=low, vmax=largest)
    axes.set_xticks(range(len(names)), map(shortened, names), rotation=30, ha="right", fontsize=8)
    axes.set_yticks(range(len(rows)), map(shortened, rows), fontsize=8)
    for (row, column), value in np.ndenumerate(values):
        star = "*" if marked is not None and marked[rows[row]][column] else ""
        dark = abs(value) > 0.6 * largest
        plus = "+" if signed is not None and signed[column] else ""
        number = "" if np.isnan(value) else f"{value:{plus}z.2f}{star}"
        axes.annotate(
            drawn(number),
            (column, row),
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
        )
    figure.colorbar(image, ax=axes, label=drawn(unit))
    return figure


def bars(groups: Mapping[str, Mapping[str, float]], unit: str) -> Drawing:
    """Draw signed numbers as horizontal bars, in a panel for each group.

    Arguments:
        groups: numbers by name, by group.
        unit: label of the horizontal axes, which all panels share.
    """
    columns = min(PANELS, len(groups))
    height = -(-len(groups) // columns)
    most = max(map(len, groups.values()))
    figure = Drawing(figsize=(4.2 * columns, height * (1.0 + 0.24 * most)), layout="constrained")
    panels = figure.subplots(height, columns, squeeze=False).flat
    largest = max(abs(number) for numbers in groups.values() for number in numbers.values())
    for axes, (title, numbers) in zip(panels, groups.items(), strict=False):
        _bars(axes, numbers)
        axes.set_title(drawn(title), fontsize=9)
        axes.set_xlim(-1.05 * largest, 1.05 * largest)
    for axes in figure.axes[len(groups) :]:
        axes.set_axis_off()
    lines = wrap(unit, CHARACTERS * columns)
    figure.supxlabel("\n".join(map(drawn, lines)), fontsize=8)
    return figure


def tiles(patterns: Mapping[tuple[bool, ...], int], names: Sequence[str]) -> Drawing:
    """Draw which samples have which modalities: a row for each modality, as wide as all samples.

    Arguments:
        patterns: numbers of samples, by which of the modalities they have.
        names: the modalities.
    """
    figure = Drawing(figsize=(7.2, 1.2 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    counts = np.array(list(patterns.values()), dtype=float)
    starts = counts.cumsum() - counts
    for place, name in enumerate(names):
        has = np.array([pattern[place] for pattern in patterns])
        spans = list(zip(starts, counts, strict=True))
        for chosen, color, hatch in ((has, DARK, ""), (~has, LIGHT, "//")):
            own = [span for span, wanted in zip(spans, chosen, strict=True) if wanted]
            axes.broken_barh(
                own, (place - 0.4, 0.8), color=color, hatch=hatch, edgecolor="white", linewidth=0.4
            )
        total = int(counts[has].sum())
        label = f"{name if len(name) <= LONGEST else name[:LONGEST] + '…'} ({total:,})"
        axes.annotate(
            drawn(label),
            (-0.01, place),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center",
            fontsize=8,
        )
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, counts.sum())
    axes.set_xlabel("samples, those with the same modalities side by side", fontsize=8)
    return figure


def _bars(axes: Axes, numbers: Mapping[str, float]) -> None:
    places = range(len(numbers))
    values = list(numbers.values())
    colors = [DARK if value >= 0 else "0.65" for value in values]
    axes.barh(places, values, color=colors)
    axes.set_yticks(places, map(shortened, numbers), fontsize=7)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.6)
