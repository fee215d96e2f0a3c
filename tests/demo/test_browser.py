"""The page in a real browser: Chromium without a window, controlled by playwright."""

import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from PIL import Image

from mmcore import Model
from mmcore.config import DataConfig, ModalityConfig, ModelConfig
from mmcore.data import open_data
from mmcore.demo.app import application
from mmcore.demo.examples import Examples, Neighbours
from mmcore.demo.installed import folder_of
from mmcore.demo.model import DemoModel
from mmcore.jsonvalues import forms_of
from mmcore.plugins import Catalogue
from tests.support.browser import IN_A_BROWSER, WIDTHS
from tests.support.contrast import CONTRAST

pytestmark = IN_A_BROWSER

LEADS = [{"name": "I"}, {"name": "V1", "unit": "uV"}]


def digits():
    """A model of pictures and words, not trained, with the records of the embedded sample."""
    modalities = {
        name: ModalityConfig(kind=name, style_dim=2, settings={}) for name in ("mnist", "text")
    }
    config = ModelConfig(modalities=modalities, content_dim=4)
    catalogue = Catalogue.discover()
    model = Model.from_config(config, seed=1, catalogue=catalogue).eval()
    data = open_data(DataConfig(mode="sample", pairings=1), modalities, catalogue)
    records = Examples(data), Neighbours(model, data)
    return DemoModel("digits", "A model.", model, forms_of(model), *records)


def signals():
    """A model of signals, of texts of names and of numbers, not trained, without records."""
    settings = {
        "ecg": {"length": 32, "features": 2, "fitted": LEADS},
        "celeba-text": {"width": 4},
    }
    modalities = {
        name: ModalityConfig(kind=name, style_dim=2, settings=own) for name, own in settings.items()
    }
    model = Model.from_config(ModelConfig(modalities=modalities, content_dim=4)).eval()
    return DemoModel("signals", "A model.", model, forms_of(model), notes=("A remark.",))


@contextmanager
def served(demo):
    """Serve a page while the block runs, and yield its address."""
    server = uvicorn.Server(uvicorn.Config(application(demo), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def address():
    with served(digits()) as own:
        yield own


@pytest.fixture
def opened(browser):
    """Return a function that opens a page; at its end, no error and no foreign request has occurred."""
    contexts, events = [], []

    def made(address, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: events.append(message.text))
        page.on("pageerror", lambda error: events.append(str(error)))
        page.on("request", lambda request: events.append(request.url))
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        return page

    yield made
    for context in contexts:
        context.close()
    own = ("http://127.0.0.1:", "data:", "blob:http://127.0.0.1:")
    refused = "status of 422"  # Chromium reports a refused value, which the page shows as well
    assert [e for e in events if not e.startswith(own) and refused not in e] == []


def pictures(page, place="#result-mnist"):
    return [image.get_attribute("src") for image in page.locator(f"{place} .gallery img").all()]


def generate(page, button="#generate"):
    page.click(button)
    page.wait_for_selector("body:not([aria-busy])")
    assert page.locator("#error").is_hidden(), page.locator("#error").inner_text()


def test_other_given_values_change_the_picture(opened, address):
    page = opened(address)
    page.get_by_label("Text of text").fill("two")
    generate(page)
    first = pictures(page)
    assert len(set(first)) == 6
    assert page.evaluate("[...document.images].every(i => i.alt && i.naturalWidth)")
    page.get_by_label("Text of text").fill("seven")
    generate(page)
    assert set(pictures(page)).isdisjoint(first)
    second = pictures(page)
    generate(page, "#again")
    assert set(pictures(page)).isdisjoint(second)
    assert page.locator("#contributions meter").count() == 1
    assert page.locator("#content svg circle").count() == 4
    assert page.locator("#nearest img").count() == 5


def test_a_record_is_used_and_its_own_value_stands_beside_the_generated_ones(opened, address):
    page = opened(address)
    page.click("#random")
    page.wait_for_selector("body:not([aria-busy])")
    assert page.locator("#label").inner_text().startswith("label:")
    assert page.get_by_label("Text of text").input_value() != ""
    generate(page)
    assert "in record" in page.locator("#result-text figcaption").first.inner_text()


def test_a_picture_is_drawn_with_the_pointer_and_with_the_keyboard_and_uploaded(
    opened, address, tmp_path
):
    page = opened(address)
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    empty = canvas.evaluate("c => c.toDataURL()")
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 120, steps=4)
    page.mouse.up()
    with_pointer = canvas.evaluate("c => c.toDataURL()")
    assert with_pointer != empty
    assert page.get_by_label("Give mnist").is_checked()
    generate(page)
    canvas.focus()
    for key in (" ", "ArrowDown", "ArrowDown", "ArrowLeft", " "):
        page.keyboard.press(key)
    with_keys = canvas.evaluate("c => c.toDataURL()")
    assert with_keys != with_pointer
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")
    page.set_input_files("#file-mnist", tmp_path / "white.png")
    page.wait_for_function("c => c !== document.querySelector('canvas').toDataURL()", arg=with_keys)
    middle = canvas.evaluate("c => [...c.getContext('2d').getImageData(14, 14, 1, 1).data]")
    assert middle == [255, 255, 255, 255]
    (tmp_path / "text.png").write_text("no picture")
    page.set_input_files("#file-mnist", tmp_path / "text.png")
    page.get_by_text("This file is no picture").wait_for()


def test_an_empty_or_wrong_value_is_a_sentence_and_the_page_goes_on(opened, address):
    page = opened(address)
    for prepare, told in (
        (lambda: None, "nothing is given"),
        (lambda: page.get_by_label("Give text").check(), "ticked and empty"),
        (lambda: page.get_by_label("Text of text").fill("Ä"), "cannot be encoded"),
    ):
        prepare()
        page.click("#generate")
        page.get_by_role("alert").get_by_text(told).wait_for()
    page.get_by_label("Text of text").fill("one")
    generate(page)


def test_walks_and_samples(opened, address):
    page = opened(address)
    page.click("#walk button")
    page.wait_for_selector("#walk-text")
    assert len(pictures(page, "#walk-mnist")) == 7
    page.select_option("#part", "mnist")
    page.get_by_label("Dimension").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#number").inner_text() == "2 of 2"
    page.click("#walk button")
    page.wait_for_selector("#walk-text", state="detached")
    page.click("#sample button")
    page.wait_for_selector("#sample-text")
    assert len(set(pictures(page, "#sample-mnist"))) == 8


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_width(opened, address, width):
    page = opened(address, width)
    page.get_by_label("Text of text").fill("two")
    generate(page)
    page.click("#walk button")
    page.wait_for_selector("#walk-text")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    least = page.evaluate(
        "Math.min(...[...document.querySelectorAll('main button')].map(b => b.offsetHeight))"
    )
    assert least >= 44  # pixels that a finger needs


@pytest.fixture(scope="module")
def tables():
    """The page of a model of three tables, without styles."""
    with folder_of("breast-cancer") as folder, served(DemoModel.open(folder)) as own:
        yield own


@pytest.mark.parametrize("width", WIDTHS)
def test_the_fields_of_a_row_are_inside_the_frame_of_their_table(opened, tables, width):
    outside = opened(tables, width).evaluate(
        """() => {
        const right = (one) => one.getBoundingClientRect().right;
        const fields = [...document.querySelectorAll("fieldset td > *")];
        return fields.filter((field) => right(field) > right(field.closest("fieldset"))).length;
        }"""
    )
    assert outside == 0


def test_a_model_without_styles_has_no_number_of_styles(opened, tables):
    page = opened(tables)
    assert page.get_by_label("Styles").is_hidden()
    assert "no styles" in page.locator("#meaning").text_content()


@pytest.mark.parametrize(
    ("cell", "wanted"), [(7.790001, "7.79"), (1234567, "1234567"), (0.12345678, "0.1234568")]
)
def test_the_number_of_a_record_has_the_digits_of_32_bits(opened, tables, cell, wanted):
    page = opened(tables)
    page.route("**/api/record*", lambda route: route.fulfill(json=record_of(cell)))
    page.click("#random")
    page.wait_for_selector("body:not([aria-busy])")
    assert page.get_by_label("mean, mean radius").input_value() == wanted


def record_of(cell):
    return {"id": "a", "label": "", "values": {"mean": {"mean radius": cell}}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_of_each_text_is_at_least_that_of_wcag_aa(opened, address, scheme):
    page = opened(address, color_scheme=scheme)
    page.get_by_label("Text of text").fill("two")
    generate(page)
    assert page.evaluate(CONTRAST) >= 4.5


def test_signals_are_uploaded_and_attributes_are_ticked(opened, tmp_path):
    with served(signals()) as own:
        page = opened(own)
        assert page.locator("#pick").is_hidden()
        page.get_by_text("A remark.").wait_for()
        rows = "\n".join(f"{n * 10},{n / 10}" for n in range(32))
        (tmp_path / "signal.csv").write_text(f"V1,I\n{rows}\n")
        page.set_input_files("#file-ecg", tmp_path / "signal.csv")
        page.get_by_text("32 of 32 samples, 2 of 2 leads").wait_for()
        assert page.get_by_label("I: from 0 to 3.1 mV").count() == 1
        generate(page)
        assert page.locator("#result-celeba-text p.text").count() == 6
        page.get_by_label("Give ecg").uncheck()
        page.get_by_label("smiling").check()
        page.get_by_label("bald").check()
        generate(page)
        assert page.locator("#result-ecg svg.signal").count() == 2 * 6 + 2
        assert page.locator("#result-ecg svg .interval").count() == 2


def test_several_visitors_at_once_receive_their_own_answers(browser, address):
    pages = []
    for word in ("zero", "one", "two"):
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.get_by_label("Text of text").fill(word)
        pages.append(page)
    for page in pages:
        page.click("#generate", no_wait_after=True)
    for page in pages:
        page.wait_for_selector("#answer:not([hidden])")
    shown = [tuple(pictures(page)) for page in pages]
    for page in pages:
        generate(page)
    assert len(set(shown)) == 3
    assert shown == [tuple(pictures(page)) for page in pages]
