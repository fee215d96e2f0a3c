"""The components at hand, by kind and name."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins.discovery import PluginRecord, discover
from mmcore.plugins.hookspecs import API_FLOOR, API_VERSION
from mmcore.plugins.spec import ComponentSpec, Kind
from mmcore.validation import sentence

__all__ = ["Catalogue", "NoSettings"]


class NoSettings(BaseModel):
    """The settings of a component that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Catalogue:
    """An immutable view of what plug-ins offer. It is built and passed on; there is no global one.

    Arguments:
        records: what became of each plug-in.

    Example:
        >>> from mmcore.plugins import Catalogue
        >>> "mixture" in Catalogue.discover({"MMCORE_PLUGINS": ""}).names("aggregator")
        True
    """

    def __init__(self, records: Iterable[PluginRecord]) -> None:
        self.records = tuple(records)

    @classmethod
    def discover(cls, environment: Mapping[str, str] | None = None) -> "Catalogue":
        """Return the catalogue of the installed plug-ins."""
        return cls(discover(environment))

    def names(self, kind: Kind) -> list[str]:
        """Return the names of the components of a kind."""
        return sorted({spec.name for _, spec in self._offers(kind)})

    def find(self, kind: Kind, name: str) -> tuple[PluginRecord, ComponentSpec]:
        """Return the component ``name``, or ``distribution:name`` where two offer the same.

        Raises:
            MmcoreError: nothing offers it, two plug-ins do, or the plug-in that does cannot be used.
        """
        distribution, _, bare = name.rpartition(":")
        offers = [
            (record, spec)
            for record, spec in self._offers(kind)
            if spec.name == bare and distribution in ("", record.distribution)
        ]
        if len(offers) > 1:
            choices = " or ".join(f"'{record.distribution}:{bare}'" for record, _ in offers)
            raise MmcoreError(f"{kind} '{bare}' is offered by two plug-ins; choose {choices}")
        if not offers:
            raise self._unknown(kind, bare)
        return offers[0]

    def load(self, kind: Kind, name: str) -> Any:
        """Return the component's class, imported now."""
        _, spec = self.find(kind, name)
        return _imported(spec.factory)

    def dataset(self, name: str) -> Any | None:
        """Return the data set class of a modality, or None if it has none of its own."""
        _, spec = self.find("modality", name)
        return None if spec.dataset is None else _imported(spec.dataset)

    def settings(self, kind: Kind, name: str, values: Mapping[str, Any]) -> BaseModel:
        """Return the component's settings, validated.

        Raises:
            MmcoreError: an option is unknown or its value is not valid.
        """
        model = self.settings_model(kind, name)
        try:
            return model.model_validate(dict(values))
        except ValidationError as error:
            raise MmcoreError(sentence(error, model, f"{kind} '{name}'")) from error

    def settings_model(self, kind: Kind, name: str) -> type[BaseModel]:
        """Return the pydantic model of the component's settings."""
        _, spec = self.find(kind, name)
        model: type[BaseModel] = NoSettings if spec.settings is None else _imported(spec.settings)
        return model

    def _offers(self, kind: Kind) -> Iterable[tuple[PluginRecord, ComponentSpec]]:
        for record in self.records:
            if record.status == "ok":
                yield from ((record, spec) for spec in record.components if spec.kind == kind)

    def _unknown(self, kind: Kind, name: str) -> MmcoreError:
        for record in self.records:
            offered = {spec.name for spec in record.components if spec.kind == kind}
            if record.status != "ok" and name in {record.name, *offered}:
                return _unusable(kind, name, record)
        names = self.names(kind)
        return MmcoreError(
            f"unknown {kind} '{name}', installed are {listed(names)}{nearest(name, names)}"
            f" Others come as packages: pip install mmcore-{name} if there is one, or the package of"
            " its author"
        )


def _unusable(kind: Kind, name: str, record: PluginRecord) -> MmcoreError:
    who = f"{kind} '{name}' belongs to plug-in {record.distribution} {record.version}, which"
    if record.status == "disabled":
        return MmcoreError(f"{who} is disabled; see MMCORE_PLUGINS and MMCORE_PLUGINS_DENY")
    if record.status == "incompatible":
        return MmcoreError(
            f"{who} was written for another plug-in interface than {API_FLOOR} to {API_VERSION};"
            " install a version of it that fits this mmcore"
        )
    error = record.error
    told = MmcoreError(
        f"{who} failed to load with {type(error).__name__}: {error}; mend or uninstall it"
    )
    told.__cause__ = error
    return told


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return vars(import_module(module))[name]
