"""Running the checks of a component."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue, ComponentSpec, Kind
from mmcore.testing.catalogues import catalogue_of
from mmcore.testing.check import Check, NotApplicable, Unchecked
from mmcore.testing.checks import kit_of
from mmcore.testing.component import Component
from mmcore.testing.report import Outcome, Report, Status

__all__ = [
    "check_aggregator",
    "check_dataset",
    "check_inference",
    "check_method",
    "check_metric",
    "check_modality",
    "check_objective",
    "check_optimizer",
    "check_prior",
    "check_source",
    "check_tracker",
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
    slow: bool = True,
) -> Report:
    """Run the checks of its kind on a registered component.

    Arguments:
        kind: what it is.
        name: as ``mmcore plugins list`` shows it.
        catalogue: where it is found; the installed plug-ins if left out.
        settings: the options that it is checked with; the defaults if left out.
        xfail: by name of the check, why it is expected to fail.
        slow: whether checks that take seconds run too.

    Raises:
        MmcoreError: there is no such component, it cannot be used, or ``xfail`` names no check.

    Example:
        >>> from mmcore.testing import run_checks
        >>> run_checks("aggregator", "geometric", slow=False).ok
        True
    """
    component = component_of(kind, name, catalogue, settings)
    kit = kit_of(kind)
    return run(kit.kind, name, kit.checks, lambda: kit.of_component(component), xfail, slow)


def check_modality(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check modalities made by ``make(context)``, a `mmcore.plugins.Context`.

    Raises:
        NonConformance: the report is not ok; the text is the report.
    """
    return _checked("modality", make, xfail)


def check_prior(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check priors made by ``make(context)``, as `check_modality`."""
    return _checked("prior", make, xfail)


def check_inference(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check joint posteriors made by ``make(context)``, a `ModelContext`, as `check_modality`."""
    return _checked("inference", make, xfail)


def check_aggregator(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check aggregators made by ``make()``, as `check_modality`."""
    return _checked("aggregator", make, xfail)


def check_objective(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check objectives made by ``make(context)``, an `ObjectiveContext`, as `check_modality`."""
    return _checked("objective", make, xfail)


def check_method(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check methods made by ``make(context)``, a `ModelContext`, as `check_modality`."""
    return _checked("method", make, xfail)


def check_optimizer(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check builders of optimizers made by ``make()``, as `check_modality`."""
    return _checked("optimizer", make, xfail)


def check_metric(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check metrics made by ``make(context)``, as `check_modality`."""
    return _checked("metric", make, xfail)


def check_source(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check sources made by ``make()``, as `check_modality`."""
    return _checked("source", make, xfail)


def check_tracker(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check trackers made by ``make()``, as `check_modality`."""
    return _checked("tracker", make, xfail)


def check_dataset(make: Callable[..., Any], *, xfail: Reasons | None = None) -> Report:
    """Check data sets made by ``make()``, as `check_modality`."""
    return _checked("dataset", make, xfail)


def component_of(
    kind: str,
    subject: str | ComponentSpec,
    catalogue: Catalogue | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Component:
    """Return a component by name, or one of which only the spec is given.

    Raises:
        MmcoreError: there is none of that name, it cannot be used, or an option is not valid.
    """
    if isinstance(subject, ComponentSpec):
        options = subject.example if settings is None else settings
        component = Component(subject.kind, subject.name, catalogue_of(subject), options)
    else:
        catalogue = catalogue or Catalogue.discover()
        spec = catalogue.find(cast(Kind, kind), subject)[1]
        options = spec.example if settings is None else settings
        component = Component(kind, subject, catalogue, options)
    component.settings  # noqa: B018 - a wrong option is an error of the caller, not a finding
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
            raise MmcoreError(
                f"xfail names '{name}' without a reason; give the reason why it fails"
            )
    return xfail or {}


def run(
    kind: str,
    name: str,
    checks: Sequence[Check],
    case: Callable[[], Any],
    xfail: Reasons | None = None,
    slow: bool = True,
) -> Report:
    """Run the checks on what ``case()`` returns."""
    reasons = declared(xfail, checks)
    subject = case()
    outcomes = tuple(
        _outcome(check, subject, reasons.get(check.name))
        if slow or not check.slow
        else Outcome(check.name, "skipped", "it takes seconds; add --slow to run it")
        for check in checks
    )
    return Report(kind, name, tuple(check.name for check in checks), outcomes)


def _checked(kind: str, make: Callable[..., Any], xfail: Reasons | None) -> Report:
    kit = kit_of(kind)
    name = getattr(make, "__name__", kind)
    return run(kind, name, kit.checks, lambda: kit.case(make), xfail).require_ok()


def _outcome(check: Check, case: Any, reason: str | None) -> Outcome:
    try:
        check(case)
    except NotApplicable as why:
        status: Status = "unchecked" if isinstance(why, Unchecked) else "skipped"
        return Outcome(check.name, status, str(why))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a component that ends the process must not end the report
        message = f"{type(error).__name__}: {error}"
        if reason is None:
            return Outcome(check.name, "failed", message)
        return Outcome(check.name, "xfailed", f"{reason} ({message})")
    if reason is None:
        return Outcome(check.name, "passed")
    return Outcome(check.name, "xpassed", f"declared to fail, and passes; '{reason}'")
