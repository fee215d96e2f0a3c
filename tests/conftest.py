import re
import signal
import sys
import textwrap
from dataclasses import dataclass

import pytest
import torch
from support.runs import vector_catalogue, without_summary

from mmcore.reporting.pdf import find_browser


def pytest_configure():
    """Receive interrupts: the shell lets a command in the background ignore them, and so its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Run tests that fork first: a process in which autograd has started threads cannot be forked."""
    forks = {"Child", "as_torchrun_does"}
    items.sort(key=lambda item: forks.isdisjoint(vars(getattr(item, "module", object))))


@pytest.fixture(autouse=True)
def guard_globals():
    """Fail a test that leaves a global of torch changed."""
    before = (torch.get_default_dtype(), torch.is_grad_enabled())
    yield
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == before


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def vectors():
    """A catalogue whose one modality, ``vector``, is linear-Gaussian."""
    return vector_catalogue()


@pytest.fixture
def unsummarized():
    """Train without linear probes and figures, see `without_summary`."""
    with without_summary():
        yield


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window; the module of the test has the marks `support.browser.IN_A_BROWSER`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=find_browser())
        yield launched
        launched.close()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a function that installs a fake distribution, ``fake-...``, for the while."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def install(
        distribution, code, *, entry=None, version="1.2", requires="", points=None, **files
    ):
        package = distribution.replace("-", "_")
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("")
        for name, text in {"plugin": code, **files}.items():
            (folder / package / f"{name}.py").write_text(textwrap.dedent(text))
        info = folder / f"{package}-{version}.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{needs}"
        )
        points = points or f"{entry or distribution} = {package}.plugin"
        (info / "entry_points.txt").write_text(f"[mmcore]\n{points}\n")
        return info

    yield install
    for name in [name for name in sys.modules if name.startswith("fake_")]:
        del sys.modules[name]


@dataclass(frozen=True)
class Block:
    """A block of a page: commands of a shell, a file with its whole text, or Python to run."""

    is_shell: bool
    file: str
    text: str


@pytest.fixture(scope="session")
def blocks():
    """Return a function from a page to its blocks."""

    def read(page):
        actual = re.findall(
            r"^```(bash|python)(?: file=(\S+))?\n(.*?)^```$",
            page.read_text(),
            re.DOTALL | re.MULTILINE,
        )
        return [Block(language == "bash", file, text) for language, file, text in actual]

    return read
