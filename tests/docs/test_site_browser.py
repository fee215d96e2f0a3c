"""The site in Chromium: pages at three widths, search from the disk, the menu of versions, no request."""

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module

import pytest
from support.pages import ROOT

from mmcore.reporting.pdf import find_browser

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, see CONTRIBUTING.md"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed"),
]

WIDTHS = (360, 768, 1280)
PAGES = ("index", "tutorials/missing-values", "method", "sections/how-to", "comparison")


def build(folder, *options):
    """Return the folder of the site; notebooks are shown without their results, which takes no training."""
    pytest.importorskip("sphinx", reason="the site needs the dependency group docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-D", "nb_execution_mode=off", *options]
    subprocess.run([*command, "-d", folder / "trees", ROOT / "docs", folder / "html"], check=True)
    return folder / "html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def releases(tmp_path):
    """Yield the address of a server with the sites of two releases."""
    sys.path.insert(0, str(ROOT / "docs" / "_site"))
    publish, built = import_module("publish").publish, build(tmp_path, "-t", "release")
    handler = partial(Quiet, directory=tmp_path / "pages")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        for version in ("0.0.9", "0.1.0"):
            publish(built, tmp_path / "pages", version, address)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    """Return a page, and the lists of its errors and of its requests that leave the disk."""
    opened, errors, requests = browser.new_page(), [], []
    opened.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    outside = ("file:", "data:", "blob:", "about:")
    opened.on("request", lambda r: None if r.url.startswith(outside) else requests.append(r.url))
    yield opened, errors, requests
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_each_width_without_errors_and_requests(name, site, page):
    opened, errors, requests = page
    for width in WIDTHS:
        opened.set_viewport_size({"width": width, "height": 800})
        opened.goto((site / f"{name}.html").as_uri())
        assert opened.title()
        wide = opened.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than {width}"
    assert errors == []
    assert requests == []


def test_the_search_works_from_the_disk(site, page):
    opened, errors, requests = page
    opened.goto((site / "search.html").as_uri() + "?q=imputation")
    opened.wait_for_selector("#search-results li a", timeout=30_000)
    assert opened.locator("#search-results li a").count() > 3
    assert errors == []
    assert requests == []


def test_the_menu_of_versions_leads_to_the_same_page_of_another_release(releases, page):
    opened, errors, requests = page
    opened.goto(f"{releases}/")
    opened.wait_for_url(f"{releases}/0.1.0/")  # the newest one
    opened.goto(f"{releases}/0.1.0/tutorials/mudata.html")
    opened.locator(".version-switcher__button:visible").first.click()
    choices = opened.locator(".version-switcher__menu:visible a")
    assert choices.all_inner_texts() == ["0.1.0 (newest)", "0.0.9"]
    choices.nth(1).click()
    opened.wait_for_url(f"{releases}/0.0.9/tutorials/mudata.html")
    assert errors == []
    assert {url.split("/")[2] for url in requests} == {releases.split("/")[2]}
