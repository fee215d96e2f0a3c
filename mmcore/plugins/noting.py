"""A catalogue that notes what is taken from it."""

from typing import Any

from mmcore.plugins.catalogue import Catalogue
from mmcore.plugins.spec import Kind

__all__ = ["NotingCatalogue"]


class NotingCatalogue(Catalogue):
    """A catalogue for the making of one model, which may name components in options of components.

    Arguments:
        catalogue: what can be taken.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue.records, catalogue.origins)
        self.taken: dict[str, str] = {}

    def load(self, kind: Kind, name: str) -> Any:
        """Return the component's class, imported now, and note whose it is."""
        record, _ = self.find(kind, name)
        self.taken[f"{kind} {name}"] = f"{record.distribution} {record.version}"
        return super().load(kind, name)
