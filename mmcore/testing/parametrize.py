"""The checks as items of pytest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from mmcore.plugins import Catalogue, ComponentSpec
from mmcore.testing.check import Check
from mmcore.testing.checks import kit_of
from mmcore.testing.kit import Kit
from mmcore.testing.running import component_of, declared

__all__ = ["BoundCheck", "parametrize_checks"]


def parametrize_checks(
    kind: str,
    subject: str | ComponentSpec | Callable[..., Any],
    *,
    catalogue: Catalogue | None = None,
    settings: Mapping[str, Any] | None = None,
    xfail: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:
    """Return a mark that makes one item of pytest of each check.

        from mmcore.testing import parametrize_checks

        @parametrize_checks("modality", "my-modality")
        def test_conforms(check):
            check()

    Nothing is imported before the first check runs.

    Arguments:
        kind: what is checked.
        subject: name of an installed component, its spec, or a factory as `check_modality` has it.
        catalogue: where a name is found; the installed plug-ins if left out.
        settings: the options that a component is checked with; its example if left out.
        xfail: by name of the check, why it is expected to fail; one that passes is an error.

    Raises:
        MmcoreError: ``xfail`` names no check.
    """
    kit = kit_of(kind)
    shared = _Shared(kit, subject, catalogue, settings)
    reasons = declared(xfail, kit.checks)
    items = [_item(BoundCheck(check, shared), reasons.get(check.name)) for check in kit.checks]
    return pytest.mark.parametrize("check", items)


@dataclass(frozen=True)
class _Shared:
    """The case of one component, made once for all of its checks."""

    kit: Kit
    subject: str | ComponentSpec | Callable[..., Any]
    catalogue: Catalogue | None
    settings: Mapping[str, Any] | None

    @property
    def title(self) -> str:
        """The component and its options; checks of equal titles are counted together."""
        options = ", ".join(f"{name}={value}" for name, value in (self.settings or {}).items())
        return f"{self.kit.kind} {self._name}" + (f" ({options})" if options else "")

    @property
    def _name(self) -> str:
        if isinstance(self.subject, str):
            return self.subject
        if isinstance(self.subject, ComponentSpec):
            return self.subject.name
        return str(getattr(self.subject, "__name__", self.kit.kind))

    @cached_property
    def case(self) -> Any:
        """The case."""
        if isinstance(self.subject, str | ComponentSpec):
            component = component_of(self.kit.kind, self.subject, self.catalogue, self.settings)
            return self.kit.of_component(component)
        return self.kit.case(self.subject)


@dataclass(frozen=True)
class BoundCheck:
    """A check and its case."""

    check: Check
    shared: _Shared

    def __call__(self) -> None:
        """Run it."""
        __tracebackhide__ = True
        self.check(self.shared.case)


def _item(bound: BoundCheck, reason: str | None) -> Any:
    shared = bound.shared
    marks = [pytest.mark.conformance(shared.title, len(shared.kit.checks))]
    if reason is not None:
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return pytest.param(bound, id=bound.check.name, marks=marks)
