"""Installed plug-ins, found by their metadata; none of their code is imported here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions

__all__ = ["GROUP", "Candidate", "installed", "normalized"]

GROUP = "mmcore"
"""The entry-point group of plug-ins."""
UNKNOWN = "unknown"
"""Name and version in the remains of an interrupted uninstallation, which have no metadata."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plug-in before its code is imported.

    Arguments:
        name: name of its entry point.
        module: its light module.
        distribution: name of the distribution.
        version: version of the distribution.
        requires: the requirements of the distribution, from its metadata.
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
        return frozenset((normalized(self.name), normalized(self.distribution)))


def normalized(name: str) -> str:
    """Return the name of a distribution in its normalized form, ``my-plugin`` for ``My_Plugin``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> list[Candidate]:
    """Return the installed plug-ins, in the order of their names."""
    by_distribution: dict[str, list[Candidate]] = {}
    for distribution in distributions():
        candidates = list(_candidates(distribution))
        if candidates:
            # Of two copies of a distribution the first on the path is the one that is imported.
            by_distribution.setdefault(normalized(candidates[0].distribution), candidates)
    plugins = [candidate for group in by_distribution.values() for candidate in group]
    return sorted(plugins, key=lambda candidate: (candidate.distribution, candidate.name))


def _candidates(distribution: Distribution) -> Iterator[Candidate]:
    # The text is searched first, so that one unreadable file does not hide all others.
    if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
        return
    name = version = UNKNOWN
    try:
        metadata = distribution.metadata  # each access parses the file again
        name, version = metadata["Name"] or UNKNOWN, metadata["Version"] or UNKNOWN
        requires = tuple(metadata.get_all("Requires-Dist") or distribution.requires or ())
        for point in distribution.entry_points.select(group=GROUP):
            yield Candidate(point.name, point.value, name, version, requires)
    except Exception as error:
        yield Candidate(name, "", name, version, error=error)
