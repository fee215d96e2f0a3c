"""The compatibility of a plug-in with this version of mmcore."""

import re
from collections.abc import Iterable

from mmcore import __version__
from mmcore.plugins.candidates import Candidate
from mmcore.plugins.hookspecs import API_FLOOR, API_VERSION
from mmcore.plugins.spec import ComponentSpec

__all__ = ["IncompatiblePlugin", "check_interface", "check_requirements"]

# Only requirements with versions of the core: "mmcore>=0.4", not "mmcore" nor "mmcore-text".
_VERSIONS_OF_CORE = re.compile(r"mmcore\s*[<>=!~(]")


class IncompatiblePlugin(Exception):
    """A plug-in was written for another mmcore."""


def check_requirements(candidate: Candidate) -> None:
    """Check the versions of mmcore that a plug-in requires, before any of its code is imported.

    Installers check them too, but not when the core is upgraded later.

    Raises:
        IncompatiblePlugin: this version is not among them.
    """
    for text in filter(_VERSIONS_OF_CORE.match, candidate.requires):
        from packaging.requirements import Requirement

        wanted = Requirement(text).specifier
        if not wanted.contains(__version__, prereleases=True):
            raise IncompatiblePlugin(
                f"it requires mmcore {wanted}, the installed version is {__version__}"
            )


def check_interface(components: Iterable[ComponentSpec]) -> None:
    """Check the version of the plug-in interface that components were written for.

    Raises:
        IncompatiblePlugin: the version is not supported.
    """
    for spec in components:
        if not API_FLOOR <= spec.api <= API_VERSION:
            raise IncompatiblePlugin(
                f"{spec.kind} '{spec.name}' was written for plug-in interface {spec.api},"
                f" this mmcore supports {API_FLOOR} to {API_VERSION}"
            )
