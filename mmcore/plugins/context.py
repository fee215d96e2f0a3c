"""The second argument of every factory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmcore.plugins.catalogue import Catalogue
from mmcore.plugins.spec import Kind

__all__ = ["Context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The model that a component is made for; a component of any kind is ``factory(settings, context)``.

    Arguments:
        content_dim: size D of the shared latent variable.
        style_dims: by modality, the size of its own subspace; the keys are the modalities of the model.
        name: the modality that is made, or whose style a prior is made for; empty where there is none.
        given_dim: number of values that a conditional prior is given; 0 for an ordinary prior.
        seed: seed of the run.
        catalogue: where other components are found by name.

    Example:
        >>> from mmcore.plugins import Context
        >>> context = Context(content_dim=16, style_dims={"mnist": 4}, name="mnist")
        >>> context.style_dim
        4
    """

    content_dim: int = 1
    style_dims: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    given_dim: int = 0
    seed: int = 0
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(()))

    @classmethod
    def of(cls, content_dim: int, style_dim: int = 0, name: str = "modality") -> "Context":
        """Return the context of a single modality, for tests and notebooks."""
        return cls(content_dim=content_dim, style_dims={name: style_dim}, name=name)

    def make(self, kind: Kind, name: str, options: Mapping[str, Any]) -> Any:
        """Return a new component that is made in this context, ``factory(settings, self)``.

        Arguments:
            kind: kind of the component.
            name: name of the component.
            options: its options.

        Raises:
            MmcoreError: there is no such component, or an option is not valid.

        Example:
            >>> from mmcore.plugins import Catalogue, Context
            >>> context = Context(content_dim=2, catalogue=Catalogue.discover({"MMCORE_PLUGINS": ""}))
            >>> context.make("aggregator", "power", {"power": -1.0}).power
            -1.0
        """
        settings = self.catalogue.settings(kind, name, options)
        return self.catalogue.load(kind, name)(settings, self)

    @property
    def names(self) -> tuple[str, ...]:
        """The modalities of the model, in the order of every (M, ...) tensor."""
        return tuple(self.style_dims)

    @property
    def latent_dim(self) -> int:
        """The size of the input of a decoder: content and style together."""
        return self.content_dim + self.style_dim

    @property
    def style_dim(self) -> int:
        """The size of the subspace of the modality `name`; 0 where there is none."""
        return self.style_dims.get(self.name, 0)

    @property
    def own_dim(self) -> int:
        """The size of what a prior is over: the style of the modality `name`, else the content."""
        return self.style_dim if self.name else self.content_dim
