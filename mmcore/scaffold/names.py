"""The names of the parts of a package, from the name of its component."""

import re
from dataclasses import dataclass

from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import KINDS, Catalogue, Kind

__all__ = ["SCAFFOLDS", "PackageNames", "package_names"]

SCAFFOLDS = tuple(kind for kind in KINDS if kind != "experiment")
"""The kinds of components that a package can be written for."""

# The choices of a training run that uses a component, where {} is its name.
_USES: dict[Kind, dict[str, str]] = {
    "prior": {"method": "mmvae", "prior": "{}"},
    "inference": {"method": "custom", "posterior": "{}"},
    "aggregator": {"method": "custom", "posterior": "{}"},
    "objective": {"method": "custom", "objective": "{}"},
    "method": {"method": "{}"},
    "optimizer": {"optimizer": "{}"},
    "tracker": {"trackers": "{}"},
}
_OPTIONS = ("method", "prior", "optimizer", "trackers")
_LISTS = ("trackers",)

# Stricter than the name of a component: a distribution is named after it.
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class PackageNames:
    """The names in a package with one component.

    Arguments:
        kind: kind of the component.
        name: the component's name, as on the command line.
    """

    kind: Kind
    name: str

    @property
    def distribution(self) -> str:
        """Name of the distribution that is installed."""
        return "mmcore-" + self.name.replace("_", "-")

    @property
    def package(self) -> str:
        """Name of the package that is imported."""
        return self.distribution.replace("-", "_")

    @property
    def stem(self) -> str:
        """The prefix of the names of classes."""
        return "".join(part.capitalize() for part in re.split("[-_]", self.name))

    @property
    def factory(self) -> str:
        """The component's class, named after its kind, or the function that builds a method."""
        if self.kind == "method":
            return "build"
        kind = self.kind.capitalize()
        return self.stem if self.stem.endswith(kind) else self.stem + kind

    @property
    def choices(self) -> dict[str, str | list[str]]:
        """The choices of a training run that uses the component, beside the modalities."""
        uses = {option: use.format(self.name) for option, use in _USES.get(self.kind, {}).items()}
        return {option: [name] if option in _LISTS else name for option, name in uses.items()}

    @property
    def trains(self) -> bool:
        """Whether a training run uses the component."""
        return self.kind not in ("metric", "format")

    @property
    def use(self) -> str:
        """The use of the component in the tests of the package, beside the conformance kit."""
        uses = {"metric": "one measurement of a small run", "format": "one file"}
        return uses.get(self.kind, "twenty steps of training on synthetic data")

    @property
    def command(self) -> str:
        """The command that uses the component."""
        if self.kind == "metric":
            return f"mmcore evaluate RUN --metrics {self.name}"
        if self.kind == "format":
            return f"mmcore impute RUN --out imputed.{self.name}"
        given = [
            f"--{option} {use}" if option in _OPTIONS else f"--set {option}={use}"
            for option, use in _USES.get(self.kind, {}).items()
        ]
        modalities = f"{self.name},mnist" if self.kind == "modality" else "mnist,text"
        command = ["mmcore train --modalities", modalities, *given]
        return " ".join(command).format(self.name)


def package_names(name: str, kind: str, catalogue: Catalogue) -> PackageNames:
    """Return the names in a new package.

    Raises:
        MmcoreError: the name or the kind is not valid, or the name is taken.
    """
    known = next((scaffold for scaffold in SCAFFOLDS if scaffold == kind), None)
    if known is None:
        raise MmcoreError(
            f"no package can be written for kind '{kind}', expected {', '.join(SCAFFOLDS)}"
            + nearest(kind, SCAFFOLDS)
        )
    names = PackageNames(known, name)
    if not _NAME.fullmatch(name) or name == kind:
        raise MmcoreError(
            f"'{name}' is not a valid name of a new {kind}; expected lower case letters and digits, words"
            f" joined by -, such as '{_valid(name, kind)}'"
        )
    taken = {(r.distribution) for r in catalogue.records} | {r.name for r in catalogue.records}
    if name in catalogue.names(known) or {name, names.distribution} & taken:
        raise MmcoreError(
            f"'{name}' is the name of an installed component or package; expected a new name, such as"
            f" 'my-{name}'"
        )
    return names


def _valid(name: str, kind: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    tidy = re.sub(r"[^a-z0-9]+", "-", spaced).strip("-").lstrip("-0123456789")
    return f"my-{kind}" if tidy in ("", kind) else tidy
