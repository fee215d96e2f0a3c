"""What a plug-in says of a component, without importing it."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

__all__ = ["ComponentSpec", "Kind"]

Kind = Literal["modality", "aggregator", "objective", "method"]

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class ComponentSpec(BaseModel):
    """A component by name, with the places of its parts as ``package.module:Name``.

    Nothing is imported before the component is used. Every place must be in the top-level package
    of the plug-in's own light module.

    Arguments:
        kind: what it is.
        name: lower case letters, digits, ``-`` and ``_``.
        factory: its class. A modality is called with (settings, content_dim, style_dim), an
            aggregator with (settings), a method with (settings, `mmcore.methods.MethodContext`).
        settings: a pydantic model with its options, in a module that imports no torch.
        dataset: for a modality, a `mmcore.data.Dataset`: where its data comes from.
        summary: one line for lists.
        reference: a publication.
        facts: what else there is to say of it, such as what a method is made of.
        api: version of the plug-in interface that it was written for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    name: str
    factory: str
    settings: str | None = None
    dataset: str | None = None
    summary: str = ""
    reference: str = ""
    facts: dict[str, str] = {}
    api: int = 1

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"'{name}' is no component name; use lower case letters, digits, - and _"
            )
        return name

    @field_validator("factory", "settings", "dataset")
    @classmethod
    def _is_target(cls, target: str | None) -> str | None:
        if target is not None and not _TARGET.fullmatch(target):
            raise ValueError(f"'{target}' is not of the form package.module:Name")
        return target

    @property
    def targets(self) -> list[str]:
        """The places that it names."""
        return [place for place in (self.factory, self.settings, self.dataset) if place]
