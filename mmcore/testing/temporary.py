"""Distributions in a temporary folder, for tests of plug-ins."""

import importlib
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from mmcore.plugins import Catalogue

__all__ = ["TemporaryPlugin"]

LIGHT = "plugin"


@dataclass(frozen=True, slots=True)
class TemporaryPlugin:
    """Installs distributions in a folder that is on the path of imports.

    Arguments:
        site: the folder.
    """

    site: Path
    _packages: list[str] = field(default_factory=list)

    def __call__(
        self, distribution: str, light: str, *, version: str = "1.0", **modules: str
    ) -> Catalogue:
        """Install a distribution and return a catalogue of the core and of it, with no other plug-in.

        Arguments:
            distribution: its name; the package is the same with ``_`` for ``-``.
            light: code of the module ``plugin``, which the entry point names.
            version: of the distribution.
            modules: code of other modules, by name.
        """
        package = distribution.replace("-", "_")
        folder = self.site / package
        folder.mkdir()
        for name, code in {"__init__": "", LIGHT: light, **modules}.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        self._describe(distribution, package, version)
        self._packages.append(package)
        importlib.invalidate_caches()
        return Catalogue.discover({"MMCORE_PLUGINS": distribution})

    def forget(self) -> None:
        """Forget the modules that were imported from the folder."""
        for name in list(sys.modules):
            if name.partition(".")[0] in self._packages:
                del sys.modules[name]

    def _describe(self, distribution: str, package: str, version: str) -> None:
        info = self.site / f"{package}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(head, encoding="utf-8")
        entry = f"[mmcore]\n{distribution} = {package}.{LIGHT}\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")
