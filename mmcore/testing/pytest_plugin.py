"""The plug-in of pytest: fixtures for tests of plug-ins, and the numbers of checks.

mmcore is imported when a fixture is first used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mmcore.batch import Batch
    from mmcore.plugins import Catalogue
    from mmcore.testing.linear_gaussian import LinearGaussianWorld
    from mmcore.testing.temporary import TemporaryPlugin

__all__ = ["empty_catalogue", "linear_gaussian_world", "temporary_plugin", "tiny_batch"]

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


@pytest.fixture
def empty_catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """A catalogue of the core alone; in the test no installed plug-in can be discovered."""
    from mmcore.plugins import catalogue
    from mmcore.testing.catalogues import catalogue_of

    def refused(environment: object = None) -> None:
        raise AssertionError(
            "this test has an empty catalogue and discovers no plug-ins; pass it on"
        )

    monkeypatch.setattr(catalogue, "discover", refused)
    return catalogue_of()


@pytest.fixture
def temporary_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TemporaryPlugin]:
    """A function that installs a fake distribution in a folder of its own, see `TemporaryPlugin`."""
    from mmcore.testing.temporary import TemporaryPlugin

    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    installer = TemporaryPlugin(site)
    yield installer
    installer.forget()


@pytest.fixture
def tiny_batch() -> Batch:
    """Four rows of two modalities, ``a`` (3 numbers) and ``b`` (2), each row lacks other modalities."""
    import torch

    from mmcore.batch import Batch

    values = {"a": torch.arange(12.0).reshape(4, 3) / 10, "b": torch.arange(8.0).reshape(4, 2)}
    present = {
        "a": torch.tensor([True, True, False, True]),
        "b": torch.tensor([True, False, True, True]),
    }
    return Batch.of(values, present)


@pytest.fixture
def linear_gaussian_world() -> LinearGaussianWorld:
    """Two linear-Gaussian modalities, whose likelihoods and posteriors are known exactly."""
    from mmcore.testing.linear_gaussian import LinearGaussianWorld

    return LinearGaussianWorld.of(2)


# -- the count of checks -----------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of the items of `mmcore.testing.parametrize_checks`."""
    marker = "conformance(component, planned): a check of the conformance kit of mmcore"
    config.addinivalue_line("markers", marker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Add the component to the report of an item that is a check."""
    for mark in item.iter_markers("conformance"):
        item.user_properties.append(("conformance", mark.args))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write for each component the numbers of checks that were planned, passed, failed, and not run."""
    outcomes: dict[tuple[str, int], Counter[str]] = {}
    for outcome in OUTCOMES:
        for report in terminalreporter.getreports(outcome):
            # The report of a module that could not be collected has none.
            for name, value in getattr(report, "user_properties", ()):
                if name == "conformance":
                    outcomes.setdefault(tuple(value), Counter())[outcome] += 1
    if outcomes:
        terminalreporter.section("conformance")
    for (component, planned), counts in sorted(outcomes.items()):
        numbers = ", ".join(
            f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome]
        )
        left = planned - counts.total()
        missing = f", {left} NOT RUN" if left else ""
        terminalreporter.write_line(f"{component}: {planned} planned, {numbers}{missing}")
