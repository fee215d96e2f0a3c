"""A registered component, as the checks see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from mmcore.plugins import Catalogue, ComponentSpec, Context, PluginRecord

__all__ = ["Component", "heavy_modules", "light_modules"]


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a catalogue, with the options that it is checked with.

    Arguments:
        kind: what it is.
        name: its name in the catalogue.
        catalogue: where it is found.
        options: its settings; the defaults if left out.
    """

    kind: Any
    name: str
    catalogue: Catalogue
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> ComponentSpec:
        """Its description by its plug-in."""
        return self.catalogue.find(self.kind, self.name)[1]

    @property
    def record(self) -> PluginRecord:
        """Its plug-in."""
        return self.catalogue.find(self.kind, self.name)[0]

    @property
    def settings(self) -> BaseModel:
        """Its settings, validated."""
        return self.catalogue.settings(self.kind, self.name, self.options)

    @property
    def context(self) -> Context:
        """The context of a component that depends on no size."""
        return Context(catalogue=self.catalogue)

    def load(self) -> Any:
        """Return its factory, imported now."""
        return self.catalogue.load(self.kind, self.name)

    def dataset(self) -> Any | None:
        """Return the class of its data set, or None."""
        return None if self.spec.dataset is None else self.catalogue.dataset(self.name)


def light_modules(record: PluginRecord) -> tuple[str, ...]:
    """Return the modules that are imported before any component of a plug-in is used."""
    settings = [spec.settings or "" for spec in record.components]
    places = [record.module, *settings]
    return tuple(sorted({place.partition(":")[0] for place in places if place}))


def heavy_modules(record: PluginRecord) -> tuple[str, ...]:
    """Return the other modules, imported when any component of a plug-in is used."""
    places = [place for spec in record.components for place in spec.targets]
    return tuple(sorted({place.partition(":")[0] for place in places} - {*light_modules(record)}))
