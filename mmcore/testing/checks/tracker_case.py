"""The arguments of the checks of trackers: how one is made, runs to track, and what it has written."""

import contextlib
import os
import random
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mmcore.config import ModalityConfig, ModelConfig, RunConfig
from mmcore.errors import MmcoreError
from mmcore.testing.check import NotApplicable, require
from mmcore.testing.component import Component
from mmcore.training.trackers import Report, Tracker

__all__ = [
    "OTHERS",
    "TrackerCase",
    "figure",
    "generators",
    "open_files",
    "report",
    "require_same_rows",
    "run_folder",
    "texts",
]

CONFIG = RunConfig(model=ModelConfig(modalities={"a": ModalityConfig(kind="vector-a")}))
OTHERS = {"config.yaml": "seed: 0\n", "model/config.json": "{}\n"}
"""Files of a run that no tracker writes."""
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAA"
    "DklEQVR4nGNoAAMGCAUAKg4GARWeQtcAAAAASUVORK5CYII="
)
"""A gray image of two by two pixels."""


@dataclass(frozen=True, slots=True)
class TrackerCase:
    """Trackers made by ``make()``."""

    make: Callable[[], Tracker]
    component: Component | None = None

    @classmethod
    def of_component(cls, component: Component) -> "TrackerCase":
        """Return the case of a registered tracker."""

        def make() -> Tracker:
            tracker: Tracker = component.load()(component.settings, component.context)
            return tracker

        return cls(make, component)

    def started(self, folder: Path, step: int = 0) -> Tracker:
        """Return a new tracker of a run in ``folder``.

        Raises:
            NotApplicable: it needs a package that is not installed.
        """
        try:
            tracker = self.make()
            tracker.start(folder, CONFIG, step)
        except MmcoreError as error:
            if "not installed" in str(error):
                raise NotApplicable(str(error)) from error
            raise
        return tracker

    def track(self, folder: Path, reports: Sequence[Report], step: int = 0) -> None:
        """Track a whole run."""
        tracker = self.started(folder, step)
        for report in reports:
            tracker.log(report)
        tracker.close()


def report(step: int, **metrics: float) -> Report:
    """Return the report of a step, with further metrics."""
    own = {"loss": 10.0 / step, "nll/a": 8.0 / step, "divergence/content": 2.0 / step}
    return Report(step, step / 10, {**own, **metrics}, 100.0)


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """Yield the folder of a run, below a folder that is the working directory for that time."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name).resolve() / "run"
        folder.mkdir()
        yield folder


def figure(folder: Path) -> Path:
    """Return the path of a new figure."""
    path = folder / "figure.png"
    path.write_bytes(b64decode(PNG))
    return path


def texts(folder: Path) -> dict[str, list[str]]:
    """Return the lines of every text file that the tracker has written."""
    lines = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in OTHERS:
            with contextlib.suppress(UnicodeDecodeError):
                lines[name] = path.read_bytes().decode("utf-8").splitlines()
    return lines


def require_same_rows(
    actual: Mapping[str, list[str]],
    one: Mapping[str, list[str]],
    again: Mapping[str, list[str]],
    what: str,
) -> None:
    """Require the lines of equal runs; where two equal runs differ, as by the time, their number."""
    for name, lines in one.items():
        own = actual.get(name, [])
        same = len(own) == len(lines) if again.get(name) != lines else own == lines
        first = next((o for o, w in zip([*own, ""], [*lines, ""], strict=False) if o != w), "")
        require(
            same,
            f"{name} of {what} has {len(own)} lines, expected {len(lines)}; the first that"
            f" differs is '{first[:80]}'",
        )


def generators() -> dict[str, str]:
    """Return the states of the global generators."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state().tolist()
    return dict(zip(("random", "numpy", "torch"), map(repr, states), strict=True))


def open_files(folder: Path) -> list[str]:
    """Return the names of files below ``folder`` that this process holds open, where Linux lists them."""
    links = Path("/proc/self/fd")
    names = []
    for link in links.iterdir() if links.is_dir() else ():
        with contextlib.suppress(OSError):
            path = Path(os.readlink(link))
            names += [path.name] if folder in path.parents else []
    return names
