"""Plug-ins that are there, seen from outside: none of their code is imported here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions

__all__ = ["GROUP", "Candidate", "installed", "normalised"]

GROUP = "mmcore"
"""The entry-point group of plug-ins."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plug-in before its code is imported.

    Arguments:
        name: name of its entry point.
        module: its light module.
        distribution: name of the distribution.
        version: version of the distribution.
        requires: what the distribution depends on, as its metadata says.
        error: why its metadata cannot be read, if it cannot.
    """

    name: str
    module: str
    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    error: Exception | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names by which it is allowed or refused."""
        return frozenset((normalised(self.name), normalised(self.distribution)))


def normalised(name: str) -> str:
    """Return a name of a distribution as registries compare it: ``My_Plugin`` is ``my-plugin``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> list[Candidate]:
    """Return the installed plug-ins, in the order of their names."""
    found: dict[str, list[Candidate]] = {}
    for distribution in distributions():
        offered = list(_offered(distribution))
        if offered:
            # Of two copies of a distribution the first on the path is the one that is imported.
            found.setdefault(normalised(offered[0].distribution), offered)
    plugins = [candidate for offered in found.values() for candidate in offered]
    return sorted(plugins, key=lambda candidate: (candidate.distribution, candidate.name))


def _offered(distribution: Distribution) -> Iterator[Candidate]:
    # Looked for in the text first: one unreadable file must not hide all the others.
    if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
        return
    name, version = _name_and_version(distribution)
    try:
        for point in distribution.entry_points.select(group=GROUP):
            requires = tuple(distribution.requires or ())
            yield Candidate(point.name, point.value, name, version, requires)
    except Exception as error:
        yield Candidate(name, "", name, version, error=error)


def _name_and_version(distribution: Distribution) -> tuple[str, str]:
    # What an interrupted uninstallation leaves behind has no metadata, and so no name.
    try:
        return distribution.metadata["Name"] or "unknown", distribution.version or "unknown"
    except Exception:
        return "unknown", "unknown"
