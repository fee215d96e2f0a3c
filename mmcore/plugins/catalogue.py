"""The available components, by kind and name."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from mmcore.config.nested import with_nested
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins.candidates import normalized
from mmcore.plugins.diagnosis import one_line
from mmcore.plugins.discovery import CORE, PluginRecord, discover
from mmcore.plugins.loading import imported, schema_of, settings_model
from mmcore.plugins.spec import ComponentSpec, Kind, Suggestion

__all__ = ["Catalogue"]


class Catalogue:
    """The components of a set of plug-ins. A catalogue is passed as an argument; none is global.

    Arguments:
        records: the plug-ins, with the result of loading each.
        origins: by component, such as ``modality mnist``, the distribution and version that a model
            was trained with; part of the error message where the component is missing.

    Example:
        >>> from mmcore.plugins import Catalogue
        >>> "mixture" in Catalogue.discover({"MMCORE_PLUGINS": ""}).names("aggregator")
        True
    """

    def __init__(
        self, records: Iterable[PluginRecord], origins: Mapping[str, str] | None = None
    ) -> None:
        self.records = tuple(records)
        self.origins = dict(origins or {})
        self.loaded: dict[str, str] = {}

    @classmethod
    def discover(cls, environment: Mapping[str, str] | None = None) -> "Catalogue":
        """Return the catalogue of the installed plug-ins."""
        return cls(discover(environment))

    def recording(self) -> "Catalogue":
        """Return a catalogue of the same components whose ``loaded`` is empty.

        ``loaded`` lists, by component, the distribution and version of what `load` has returned. A
        model has a recording catalogue of its own, as options of components may name components.
        """
        return Catalogue(self.records, self.origins)

    def names(self, kind: Kind) -> list[str]:
        """Return the names of the components of a kind."""
        return sorted({spec.name for _, spec in self._usable(kind)})

    def listing(self, kind: Kind) -> list[str]:
        """Return the names of the components of a kind as plug-ins list them, those of the core first.

        A name that several plug-ins offer is written ``distribution:name``.
        """
        usable = sorted(self._usable(kind), key=lambda offer: offer[0].distribution != CORE)
        return [
            spec.name
            if len(self.offers(kind, spec.name)) == 1
            else f"{record.distribution}:{spec.name}"
            for record, spec in usable
        ]

    def offers(self, kind: Kind, name: str) -> list[tuple[PluginRecord, ComponentSpec]]:
        """Return the components called ``name``; several where plug-ins clash."""
        return [(record, spec) for record, spec in self._usable(kind) if spec.name == name]

    def find(self, kind: Kind, name: str) -> tuple[PluginRecord, ComponentSpec]:
        """Return the component ``name``, or ``distribution:name`` where two offer the same.

        Raises:
            MmcoreError: no plug-in offers it, two plug-ins do, or its plug-in cannot be used.
        """
        distribution, _, bare = name.rpartition(":")
        offers = [(r, spec) for r, spec in self.offers(kind, bare) if _is_of(r, distribution)]
        if len(offers) > 1:
            choices = " or ".join(f"'{record.distribution}:{bare}'" for record, _ in offers)
            raise MmcoreError(f"{kind} '{bare}' is offered by two plug-ins; write {choices}")
        if not offers:
            raise self._traced(self.refusal(kind, name) or self._unknown(kind, name), kind, name)
        return offers[0]

    def plugins(self, name: str) -> list[PluginRecord]:
        """Return the plug-ins of a distribution, or of an entry point, by name.

        Raises:
            MmcoreError: there is none.
        """
        wanted = normalized(name)
        matches = [r for r in self.records if wanted in map(normalized, (r.distribution, r.name))]
        if not matches:
            names = {record.distribution for record in self.records}
            raise MmcoreError(
                f"no plug-in '{name}' is installed, installed are {listed(names)}"
                + nearest(name, names | {record.name for record in self.records})
            )
        return matches

    def load(self, kind: Kind, name: str) -> Any:
        """Return the component's factory, imported now."""
        record, spec = self.find(kind, name)
        self.loaded[f"{kind} {name}"] = f"{record.distribution} {record.version}"
        return imported(record, spec, spec.factory)

    def dataset(self, name: str) -> Any | None:
        """Return the factory of the data set of a modality, or None if it has none."""
        record, spec = self.find("modality", name)
        return None if spec.dataset is None else imported(record, spec, spec.dataset)

    def reader(self, name: str) -> Any:
        """Return the factory of the reader that turns records of a study into values of a modality.

        Raises:
            MmcoreError: the modality reads no records.
        """
        record, spec = self.find("modality", name)
        if spec.reader is None:
            reading = [s.name for _, s in self._usable("modality") if s.reader]
            raise MmcoreError(
                f"modality '{name}' cannot read the records of a study; modalities that can:"
                f" {listed(reading)}"
            )
        return imported(record, spec, spec.reader)

    def suggestion(self, name: str, values: Mapping[str, Any]) -> Suggestion:
        """Return the training settings that a modality with these options suggests.

        Raises:
            MmcoreError: an option is not valid, or the suggestion cannot be imported.
        """
        record, spec = self.find("modality", name)
        if isinstance(spec.suggests, Suggestion):
            return spec.suggests
        suggest = imported(record, spec, spec.suggests)
        suggestion: Suggestion = suggest(self.settings("modality", name, values))
        return suggestion

    def settings(self, kind: Kind, name: str, values: Mapping[str, Any]) -> BaseModel:
        """Return the component's settings, validated.

        Options of a component that the settings name are written in the long form,
        ``{"posterior_options": {"cut": 3}}``, or as ``{"tempered.cut": 3}``.

        Raises:
            MmcoreError: an option is unknown or its value is not valid.
        """
        model = self.settings_model(kind, name)
        try:
            return model.model_validate(with_nested(model, values))
        except ValidationError as error:
            raise MmcoreError(sentence(error, model, f"{kind} '{name}'")) from error

    def settings_model(self, kind: Kind, name: str) -> type[BaseModel]:
        """Return the pydantic model of the component's settings."""
        return settings_model(*self.find(kind, name))

    def schema(self, kind: Kind, name: str) -> dict[str, Any]:
        """Return the JSON schema of the component's settings."""
        return schema_of(*self.find(kind, name))

    def refusal(self, kind: Kind, name: str) -> MmcoreError | None:
        """Return why ``name`` cannot be used, if its plug-in is disabled, incompatible or broken."""
        distribution, _, bare = name.rpartition(":")
        for record in self._unusable_records():
            offered = {spec.name for spec in record.components if spec.kind == kind}
            named = {record.name, *offered} if not distribution else {bare}
            if bare in named and _is_of(record, distribution):
                return _unusable(kind, bare, record)
        return None

    def _usable(self, kind: Kind) -> Iterable[tuple[PluginRecord, ComponentSpec]]:
        for record in self.records:
            if record.status == "ok":
                yield from ((record, spec) for spec in record.components if spec.kind == kind)

    def _traced(self, missing: MmcoreError, kind: Kind, name: str) -> MmcoreError:
        origin = self.origins.get(f"{kind} {name}")
        if origin is None:
            return missing
        traced = MmcoreError(f"{missing} (the model was trained with {origin})")
        traced.__cause__ = missing.__cause__
        return traced

    def _unusable_records(self) -> list[PluginRecord]:
        return [record for record in self.records if record.status != "ok"]

    def _unknown(self, kind: Kind, name: str) -> MmcoreError:
        names, bare = self.names(kind), name.rpartition(":")[2]
        others = {record.distribution for record in self._unusable_records()}
        hint = f"; {listed(others)} cannot be used, see mmcore plugins doctor" * bool(others)
        return MmcoreError(
            f"unknown {kind} '{name}', installed: {listed(names)}{hint}; if it belongs to another package,"
            f" such as mmcore-{bare}, install that package" + nearest(bare, names)
        )


def _is_of(record: PluginRecord, distribution: str) -> bool:
    return normalized(distribution) in ("", normalized(record.distribution))


def _unusable(kind: Kind, name: str, record: PluginRecord) -> MmcoreError:
    who = f"{kind} '{name}' belongs to plug-in {record.distribution} {record.version}, which"
    error = record.error
    if error is None:
        return MmcoreError(f"{who} is disabled; see MMCORE_PLUGINS and MMCORE_PLUGINS_DENY")
    if record.status == "incompatible":
        refusal = MmcoreError(
            f"{who} is not compatible with this mmcore: {error}; install a compatible version of it"
        )
    else:
        refusal = MmcoreError(f"{who} failed to load: {one_line(error)}; fix or uninstall it")
    refusal.__cause__ = error
    return refusal
