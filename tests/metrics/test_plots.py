"""Plots show the numbers of their tables, and no number twice."""

import matplotlib
import numpy as np
import pytest
from PIL import Image

from mmcore.metrics.base import Figure
from mmcore.metrics.figures.plots import bars, heat_map, tiles
from mmcore.reporting.record import Column, FigureRecord, Table

pytestmark = pytest.mark.complete

TABLE = Table(
    name="shares",
    about="Shares.",
    columns=(Column(name="a"), Column(name="$b$" * 20)),
    rows={"content 0": (0.5, -0.25), "content 1": (None, 0.125)},
)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_heat_map_has_each_number_in_its_cell():
    drawing = heat_map(
        TABLE,
        "R2",
        signed=[True, True],
        marked={"content 0": [True, False], "content 1": [False, True]},
    )
    axes = drawing.axes[0]
    image = axes.images[0].get_array()
    assert np.array_equal(
        np.ma.filled(image, np.nan), [[0.5, -0.25], [np.nan, 0.125]], equal_nan=True
    )
    assert texts(axes) == ["+0.50*", "-0.25", "", "+0.12*"]
    assert axes.images[0].get_clim() == (-0.5, 0.5)
    assert drawing.axes[1].get_ylabel() == "R2"
    drawing.draw_without_rendering()  # a name with dollar signs is no formula


def test_numbers_of_a_column_without_sign_have_none_and_nothing_is_minus_zero():
    table = TABLE.model_copy(
        update={"rows": {"content 0": (0.5, 0.25), "content 1": (-0.001, 0.0)}}
    )
    drawing = heat_map(table, "rank correlation", signed=[True, False])
    assert texts(drawing.axes[0]) == ["+0.50", "0.25", "+0.00", "0.00"]
    assert texts(heat_map(table, "R2").axes[0])[2] == "0.00"


def test_the_shades_of_a_plain_heat_map_are_ordered_in_grey():
    shades = matplotlib.colormaps[heat_map(TABLE, "R2").axes[0].images[0].get_cmap().name]
    luminance = shades(np.linspace(0, 1, 20))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) < 0).all()


@pytest.mark.parametrize(("title", "wanted"), [(None, "data: sample"), ("own", "own")])
def test_each_figure_states_the_kind_of_data_or_has_a_title_of_its_own(tmp_path, title, wanted):
    drawing = bars({"content 0": {"x": 1.0}}, "change (SD)")
    if title is not None:
        drawing.suptitle(title)
    record = FigureRecord(name="bars", title="Bars", about="Bars.", alt="Bars.")
    Figure(record, drawing).write(tmp_path, "sample")
    assert drawing.get_suptitle() == wanted
    with Image.open(tmp_path / "bars.png") as image:
        assert image.width > 100


def test_bars_have_one_scale_and_a_panel_for_each_group():
    drawing = bars({"content 0": {"x": 2.0, "y": -1.0}, "content 1": {"z": -3.5}}, "change (SD)")
    panels = drawing.axes
    assert [[bar.get_width() for bar in axes.patches] for axes in panels] == [[2, -1], [-3.5]]
    assert panels[0].get_xlim() == panels[1].get_xlim()
    assert panels[0].get_xlim()[0] < -3.5
    signs = {bar.get_facecolor()[:3] for bar in panels[0].patches}
    assert len({round(sum(color), 3) for color in signs}) == 2


def test_tiles_are_as_wide_as_the_samples_that_have_a_modality():
    drawing = tiles({(True, True): 5, (False, True): 2, (True, False): 1}, ["a", "b"])
    axes = drawing.axes[0]
    widths = [
        sum(float(path.get_extents().width) for path in collection.get_paths())
        for collection in axes.collections
    ]
    assert widths == [6, 2, 7, 1]  # a: dark, light; b: dark, light
    starts = [[path.get_extents().x0 for path in own.get_paths()] for own in axes.collections]
    assert starts == [[0, 7], [5], [0, 5], [7]]
    assert texts(axes) == ["a (6)", "b (7)"]


def test_the_label_of_bars_is_as_wide_as_the_panels():
    unit = "change for one standard deviation of the dimension (standard deviations; probability)"
    for count in (1, 3):
        figure = bars({f"g{n}": {"a": 1.0, "b": -0.5} for n in range(count)}, unit)
        figure.draw_without_rendering()
        box = figure._supxlabel.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert " ".join(figure._supxlabel.get_text().split()) == unit
