"""Running the checks of a component, and what of it is to be seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue, ComponentSpec, Kind
from mmcore.testing.catalogues import catalogue_of
from mmcore.testing.check import Check, NotApplicable
from mmcore.testing.checks import kit_of
from mmcore.testing.component import Component
from mmcore.testing.report import Outcome, Report, Status

__all__ = [
    "check_aggregator",
    "check_dataset",
    "check_method",
    "check_modality",
    "check_objective",
    "check_source",
    "component_of",
    "declared",
    "run",
    "run_checks",
]

Reasons = Mapping[str, str]


def run_checks(
    kind: str,
    name: str,
    catalogue: Catalogue | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    xfail: Reasons | None = None,
) -> Report:
    """Return what the checks of its kind find of a registered component.

    Arguments:
        kind: what it is.
        name: as ``mmcore plugins list`` shows it.
        catalogue: where it is found; the installed plug-ins if left out.
        settings: the options that it is checked with; the defaults if left out.
        xfail: by name of the check, why it is expected to fail.

    Raises:
        MmcoreError: there is no such component, it cannot be used, or ``xfail`` names no check.

    Example:
        >>> from mmcore.testing import run_checks
        >>> run_checks("aggregator", "geometric").ok
        True
    """
    component = component_of(kind, name, catalogue, settings)
    kit = kit_of(kind)
    return run(kit.kind, name, kit.checks, lambda: kit.of_component(component), xfail)


def check_modality(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold modalities made by ``make(context)`` to the checks of the kind.

    Raises:
        NonConformance: the report is not ok; the text is the report.
    """
    return _checked("modality", make, xfail)


def check_aggregator(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold aggregators made by ``make()`` to the checks of the kind, as `check_modality`."""
    return _checked("aggregator", make, xfail)


def check_objective(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold objectives made by ``make(context)``, an `ObjectiveContext`, as `check_modality`."""
    return _checked("objective", make, xfail)


def check_method(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold methods made by ``make(context)``, a `mmcore.codec.ModelContext`, as `check_modality`."""
    return _checked("method", make, xfail)


def check_source(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold sources made by ``make()`` to the checks of the kind, as `check_modality`."""
    return _checked("source", make, xfail)


def check_dataset(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Hold data sets made by ``make()`` to the checks of the kind, as `check_modality`."""
    return _checked("dataset", make, xfail)


def component_of(
    kind: str,
    named: str | ComponentSpec,
    catalogue: Catalogue | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Component:
    """Return a component by name, or one that only its spec is known of.

    Raises:
        MmcoreError: there is none of that name, it cannot be used, or an option is not valid.
    """
    if isinstance(named, ComponentSpec):
        options = named.example if settings is None else settings
        component = Component(named.kind, named.name, catalogue_of(named), options)
    else:
        catalogue = catalogue or Catalogue.discover()
        options = (
            catalogue.find(cast(Kind, kind), named)[1].example if settings is None else settings
        )
        component = Component(kind, named, catalogue, options)
    component.settings  # noqa: B018 - a wrong option is the caller's mistake and no finding
    return component


def declared(xfail: Reasons | None, checks: Sequence[Check]) -> Reasons:
    """Return the expected failures.

    Raises:
        MmcoreError: one names no check, or has no reason.
    """
    names = [check.name for check in checks]
    for name, reason in (xfail or {}).items():
        if name not in names:
            raise MmcoreError(
                f"xfail names '{name}', which is no check of this kind{nearest(name, names)}"
            )
        if not reason.strip():
            raise MmcoreError(f"xfail names '{name}' without a reason; say why it has to fail")
    return xfail or {}


def run(
    kind: str,
    name: str,
    checks: Sequence[Check],
    case: Callable[[], Any],
    xfail: Reasons | None = None,
) -> Report:
    """Return what the checks find of the case that ``case()`` makes."""
    reasons = declared(xfail, checks)
    made = case()
    outcomes = tuple(_outcome(check, made, reasons.get(check.name)) for check in checks)
    return Report(kind, name, tuple(check.name for check in checks), outcomes)


def _checked(kind: str, make: Callable[..., Any], xfail: Reasons | None) -> Report:
    kit = kit_of(kind)
    name = getattr(make, "__name__", kind)
    return run(kind, name, kit.checks, lambda: kit.case(make), xfail).require_ok()


def _outcome(check: Check, case: Any, reason: str | None) -> Outcome:
    try:
        check(case)
    except NotApplicable as why:
        return Outcome(check.name, "skipped", str(why))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a component that ends the process shall not end the report
        told = f"{type(error).__name__}: {error}"
        status: Status = "failed" if reason is None else "expected"
        return Outcome(check.name, status, told if reason is None else f"{reason} ({told})")
    if reason is None:
        return Outcome(check.name, "passed")
    return Outcome(check.name, "surprising", f"declared to fail, and passes; '{reason}'")
