"""What a plug-in says of a component, without importing it."""

import re
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, field_validator

__all__ = ["KINDS", "ComponentSpec", "Kind", "Suggestion"]

Kind = Literal[
    "modality",
    "prior",
    "inference",
    "aggregator",
    "objective",
    "method",
    "optimizer",
    "tracker",
    "metric",
    "format",
    "experiment",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class Suggestion(BaseModel):
    """What a modality is best trained with; it is taken where the user has chosen nothing.

    Modalities that are trained together and suggest different values of what they share suggest
    nothing, but for the learning rate: the smallest is taken, for one that is too high undoes a network.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    content_dim: PositiveInt | None = Field(None, description="size of the shared latent variable")
    style_dim: int | None = Field(None, ge=0, description="size of the modality's own subspace")
    prior_weight: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="pi_0, where the method weighs the prior; experts share the rest",
    )
    learning_rate: PositiveFloat | None = Field(
        None, description="highest peak of the schedule that its networks bear"
    )


class ComponentSpec(BaseModel):
    """A component by name, with the places of its parts as ``package.module:Name``.

    Nothing is imported before the component is used. Every place must be in the top-level package
    of the plug-in's own light module.

    Arguments:
        kind: what it is.
        name: lower case letters, digits, ``-`` and ``_``.
        factory: a class or a function that returns the component; it is called with the component's
            settings and a `mmcore.plugins.Context`, whatever the kind.
        settings: a pydantic model with its options, in a module that imports no torch.
        dataset: for a modality, a `mmcore.data.Dataset`: where its data comes from.
        reader: for a modality, a `mmcore.data.tables.Reader`: how records of a study become its values.
        suggests: for a modality, what it is best trained with; or the place of a function from its
            settings to a `Suggestion`, in a module that imports no torch.
        example: settings that it is checked with, where the defaults alone make none, such as what a
            reader fits.
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
    reader: str | None = None
    suggests: Suggestion | str = Suggestion()
    example: dict[str, Any] = {}
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

    @field_validator("factory", "settings", "dataset", "reader", "suggests")
    @classmethod
    def _is_target(cls, target: str | Suggestion | None) -> str | Suggestion | None:
        if isinstance(target, str) and not _TARGET.fullmatch(target):
            raise ValueError(f"'{target}' is not of the form package.module:Name")
        return target

    @property
    def targets(self) -> list[str]:
        """The places that it names."""
        told = self.suggests if isinstance(self.suggests, str) else None
        places = (self.factory, self.settings, self.dataset, self.reader, told)
        return [place for place in places if place]
