"""The description of a component, which is available without importing it."""

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
    """Training settings that a modality suggests; they apply where the user has not chosen a value.

    Where modalities that are trained together suggest different values of a shared setting, none
    applies, except for the learning rate, of which the smallest applies.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    content_dim: PositiveInt | None = Field(None, description="size of the shared latent variable")
    style_dim: int | None = Field(None, ge=0, description="size of the modality's own subspace")
    prior_weight: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="pi_0, where the method weighs the prior; experts share the rest",
    )
    style_cross_gradient: float | None = Field(
        None,
        ge=0,
        le=1,
        description="share of the gradient of styles whose content was drawn from another modality, where"
        " the method has this option",
    )
    learning_rate: PositiveFloat | None = Field(
        None, description="largest peak of the schedule with which its networks train"
    )


class ComponentSpec(BaseModel):
    """A component by name, with the import paths of its parts as ``package.module:Name``.

    Nothing is imported before the component is used. Every path must be in the top-level package of
    the plug-in's light module.

    Arguments:
        kind: kind of the component.
        name: lower case letters, digits, ``-`` and ``_``.
        factory: a class or a function that returns the component; it is called with the component's
            settings and a `mmcore.plugins.Context` for every kind.
        settings: a pydantic model with its options, in a module that does not import torch.
        dataset: for a modality, its `mmcore.data.Dataset`.
        reader: for a modality, its `mmcore.data.tables.Reader`, which turns records into values.
        suggests: for a modality, a `Suggestion`, or the path of a function from its settings to a
            `Suggestion`, in a module that does not import torch.
        published: options of the published experiment that differ from the defaults; ``--preset paper``
            uses them.
        example: settings for the conformance checks, where the defaults are not sufficient.
        summary: description in one line.
        reference: a publication.
        facts: further properties, such as the posterior of a method.
        api: version of the plug-in interface that it was written for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    kind: Kind
    name: str
    factory: str
    settings: str | None = None
    dataset: str | None = None
    reader: str | None = None
    suggests: Suggestion | str = Suggestion()
    published: dict[str, Any] = {}
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
                f"'{name}' is not a component name; use lower case letters, digits, - and _"
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
        """The import paths of its parts."""
        suggests = self.suggests if isinstance(self.suggests, str) else None
        paths = (self.factory, self.settings, self.dataset, self.reader, suggests)
        return [path for path in paths if path]
