"""``mmcore --version``."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from mmcore.cli.documents import lenient

__all__ = ["version_lines"]

LIBRARIES = ("torch", "lightning-fabric", "numpy", "pydantic", "pluggy", "safetensors")


def version_lines(everything: bool) -> Iterator[str]:
    """Yield the version; with ``everything``, all versions for a bug report."""
    yield f"mmcore {version('mmcore')}"
    if everything:
        yield f"python {platform.python_version()} on {platform.platform()}"
        yield from (f"{name} {_version(name)}" for name in LIBRARIES)
        yield from _plugins()


def _version(name: str) -> str:
    # Read from metadata: a report has to come out where importing the library fails.
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"


def _plugins() -> Iterator[str]:
    from mmcore.plugins import Catalogue, diagnose

    for diagnosis in diagnose(Catalogue.discover(lenient()).records):
        record = diagnosis.record
        error = f": {diagnosis.error}" if diagnosis.error else ""
        yield f"plug-in {record.distribution} {record.version} {diagnosis.status}{error}"
