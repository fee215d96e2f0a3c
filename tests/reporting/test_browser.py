"""The pages in a real browser: Chromium without a window, controlled by playwright."""

import io
from itertools import pairwise

import pytest
from PIL import Image

from mmcore.config import EvaluationSettings
from mmcore.reporting.comparison import compared
from mmcore.reporting.data_differences import EvaluatedRun
from mmcore.reporting.images import Image as PageImage
from mmcore.reporting.pages import render
from mmcore.reporting.pdf import write_pdf
from mmcore.reporting.record import Column, EvaluationRecord, FigureRecord, MetricRecord, Table
from mmcore.reporting.report import page as report_page
from mmcore.reporting.statements import Estimate, Reference, Statement
from tests.support.browser import IN_A_BROWSER, WIDTHS
from tests.support.contrast import CONTRAST
from tests.support.hostile import HOSTILE

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed, see CONTRIBUTING.md")
pytestmark = IN_A_BROWSER

VALUES = (0.5, None, 12.25, -3.0, -4.5)


def table(name, rows, columns=3, **fields):
    values = {
        f"row {row}": tuple(VALUES[(row + place) % 5] for place in range(columns))
        for row in range(rows)
    }
    names = tuple(Column(name=f"column {place}", best="high") for place in range(columns))
    return Table(name=name, about="What it is.", columns=names, rows=values, **fields)


def record():
    """Return an evaluation with long, wide and hostile tables, and a figure that is wider than a phone."""
    tables = (
        table("short", 5, topic="imputation", n={f"row {row}": (row + 1,) * 3 for row in range(5)}),
        table("long", 60, topic="factors", n=99),
        table("wide", 3, 40, topic="prediction"),
        Table(
            name=HOSTILE[33],
            about=HOSTILE[34],
            columns=(Column(name="x" * 60),),
            rows={text: (1.0,) for text in HOSTILE},
        ),
    )
    figure = FigureRecord(
        name="f", title="A figure", about="Its caption.", alt="A grey square.", topic="embedding"
    )
    statement = Statement(
        topic="imputation",
        quantity="the error",
        estimate=Estimate(value=0.5),
        references={"<b>KNN</b>": Reference(value=0.4)},
    )
    return EvaluationRecord(
        mmcore="0",
        run="a run with a long name " + "x" * 100,
        method="mmjsd",
        modalities=("a", "b"),
        data="synthetic",
        data_items={"a": {"train": 10, "test": 1}},
        model_sha256="0" * 64,
        settings=EvaluationSettings(),
        metrics={
            "m": MetricRecord(
                digest="",
                seconds=0,
                tables=tables,
                figures=(figure,),
                statements=(statement,),
                left_out=("x" * 500,),
            )
        },
    )


def picture():
    file = io.BytesIO()
    Image.new("L", (1500, 200), 128).save(file, "png")
    return PageImage(file.getvalue())


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The two kinds of pages in files."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "report.html").write_text(report_page(record(), {}, {"f": picture()}))
    two = [EvaluatedRun(name, record()) for name in ("one", "two" * 30)]
    text = render(
        "comparison.html.j2",
        runs=[run.name for run in two],
        data="real",
        differences=["x" * 300],
        tables=compared(two),
    )
    (folder / "comparison.html").write_text(text)
    return folder


@pytest.fixture
def opened(browser, pages):
    """Return a function that opens a page, and the list of its requests and messages."""
    contexts = []

    def made(name="report", width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        shown, events = context.new_page(), []
        shown.on("console", lambda message: events.append(message.text))
        shown.on("pageerror", lambda error: events.append(str(error)))
        shown.on("request", lambda request: events.append(request.url))
        address = (pages / f"{name}.html").as_uri()
        shown.goto(address)
        return shown, [e for e in events if e != address and not e.startswith("data:image/png")]

    yield made
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["report", "comparison"])
def test_the_page_fits_its_width_and_has_no_error_and_no_request(opened, name, width):
    shown, events = opened(name, width)
    assert events == []
    shown.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate("document.querySelectorAll('b, script:not(main ~ script)').length") == 0
    levels = shown.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(levels))
    assert shown.evaluate("[...document.images].every(i => i.alt && i.naturalWidth)")


def column(shown, name, place):
    rows = shown.locator("table", has=shown.locator("caption", has_text=name)).locator("tbody tr")
    return [row.locator("th, td").nth(place).inner_text() for row in rows.all()]


def test_a_click_sorts_numbers_as_numbers_with_the_unknown_last(opened):
    shown, _ = opened()
    head = shown.locator("table", has=shown.locator("caption", has_text="short")).locator(
        "thead th"
    )
    first = column(shown, "short", 1)
    assert first == ["0.500", "n/a", "12.2", "-3.000", "-4.500"]
    head.nth(1).get_by_role("button").click()
    assert column(shown, "short", 1) == ["12.2", "0.500", "-3.000", "-4.500", "n/a"]
    assert head.nth(1).get_attribute("aria-sort") == "descending"
    head.nth(1).get_by_role("button").press("Enter")
    assert column(shown, "short", 1) == ["-4.500", "-3.000", "0.500", "12.2", "n/a"]
    head.nth(1).get_by_role("button").click()
    assert column(shown, "short", 1) == first
    head.nth(4).get_by_role("button").click()  # n
    assert column(shown, "short", 4) == ["5", "4", "3", "2", "1"]


def test_the_page_is_complete_without_its_script(opened):
    shown, events = opened(java_script_enabled=False)
    assert events == []
    assert column(shown, "short", 1) == ["0.500", "n/a", "12.2", "-3.000", "-4.500"]
    assert shown.get_by_role("button").count() == 0


def test_no_script_of_a_text_runs(opened, pages):
    text = (pages / "report.html").read_text()
    injected = text.replace("What it is.", "<script>document.title = 'x'</script>")
    injected = injected.replace("Its caption.", "<img src=x onerror=\"document.title = 'y'\">")
    (pages / "injected.html").write_text(injected)
    shown, events = opened("injected")
    assert shown.title() not in ("x", "y")
    assert any("Content Security Policy" in event for event in events)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_of_each_text_is_at_least_that_of_wcag_aa(opened, scheme):
    shown, _ = opened(color_scheme=scheme)
    assert shown.evaluate(CONTRAST) >= 4.5


def test_the_pdf_has_the_folded_rows_with_and_without_the_script(opened, pages):
    write_pdf(pages / "report.html", pages / "script.pdf")
    shown, _ = opened(java_script_enabled=False)
    shown.pdf(path=pages / "none.pdf")
    for name in ("script.pdf", "none.pdf"):
        sheets = pypdf.PdfReader(pages / name).pages
        text = "\n".join(sheet.extract_text() for sheet in sheets)
        assert "row 59" in text, name
        assert "data: synthetic" in text
