"""Completion of values in the shell, see ``mmcore --install-completion``; no torch is imported."""

from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mmcore.plugins import Kind

__all__ = ["components", "fixed", "several"]

Completion = Callable[[str], list[str]]


def components(kind: "Kind") -> Completion:
    """Return the completion of one name of an installed component."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in _names(kind) if name.startswith(incomplete)]

    return complete


def several(kind: "Kind") -> Completion:
    """Return the completion of the last of several names, as in ``a,b`` or ``left=a,right=b``."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        own, equals, prefix = last.rpartition("=")
        given = before.split(",")
        return [
            f"{before}{comma}{own}{equals}{name}"
            for name in _names(kind)
            if name.startswith(prefix) and (equals or name not in given)
        ]

    return complete


def fixed(config: str, field: str) -> Completion:
    """Return the completion of the fixed choices of a field of a configuration.

    Arguments:
        config: name of a class in `mmcore.config`.
        field: one of its fields, whose type is a ``Literal``.
    """

    def complete(incomplete: str) -> list[str]:
        import mmcore.config as configs

        model: type[BaseModel] = getattr(configs, config)
        return [
            choice
            for choice in get_args(model.model_fields[field].annotation)
            if choice.startswith(incomplete)
        ]

    return complete


def _names(kind: "Kind") -> list[str]:
    from mmcore.plugins import Catalogue

    return Catalogue.discover().listing(kind)
