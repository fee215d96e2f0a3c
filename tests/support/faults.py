"""Running a kit on components with a planted fault."""

import pytest

from mmcore.testing import kit_of
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.running import run

__all__ = ["GENERAL", "cases", "claimed", "failures", "planned", "report_of", "require_caught"]

GENERAL = {check.name for check in COMPONENT_CHECKS}


def cases(faults):
    """Return the parameters of a test, (fault, names of the checks that catch it), with ids.

    ``...`` among the names says that other checks fail too, such as after a wrong shape.
    """
    return [pytest.param(fault, {*checks}, id=fault.__name__) for fault, *checks in faults]


def report_of(kind, case, checks=frozenset()):
    """Return the report of the checks of a kind on a case; slow ones only where one is named."""
    kit = kit_of(kind).checks
    slow = any(check.slow for check in kit if check.name in checks)
    return run(kind, "faulty", kit, lambda: case, slow=slow)


def failures(report):
    """Return the names of the checks that failed."""
    return {outcome.check for outcome in report.having("failed")}


def require_caught(report, checks):
    """Require that those checks failed and, without ``...``, no other."""
    wanted = checks - {...}
    failed = failures(report)
    assert wanted <= failed if ... in checks else wanted == failed, report.text()


def claimed(faults):
    """Return the names of the checks that catch any of the faults."""
    return {check for _, *checks in faults for check in checks} - {...}


def planned(kind):
    """Return the names of the checks of a kind beside those of any component."""
    return {check.name for check in kit_of(kind).checks} - GENERAL
