"""For all tests: workers side by side, each with one thread, which would else wait for one another."""

import gc
import os
import sys
from collections.abc import Generator
from contextlib import nullcontext

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Each process of the tests would else compile the core and its dependencies again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

COMPILED = ("aggregator-geometric-", "inference-joint-", "prior-gaussian-", "/mnist/", "/table/")
"""Parts of the names of the checks `compiles` that the default suite has, of one component of each kind."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the other checks `compiles` as slow: each compiles a network."""
    for item in items:
        if item.name.endswith("compiles]") and not any(part in item.nodeid for part in COMPILED):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Exclude what the imports have made from garbage collections, of which each takes half a second."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let the end of the process collect it: libraries report what it does not."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leave out what takes most of the time of a short training, unless a test is `complete` or `slow`."""
    from support.runs import shortened  # imports torch, for which the variable above is set

    is_complete = any(item.iter_markers("complete")) or any(item.iter_markers("slow"))
    with nullcontext() if is_complete else shortened():
        return (yield)
