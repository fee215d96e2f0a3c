"""A report is green only if all that was planned is accounted for."""

import json
import subprocess
import sys

import pytest

from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue, ComponentSpec
from mmcore.testing import (
    KIT_VERSION,
    Check,
    NonConformance,
    NotApplicable,
    Outcome,
    Report,
    check_source,
    kit_of,
    parametrize_checks,
    require,
    run_checks,
)
from mmcore.testing.running import run


def holds(case):
    """It holds."""


def fails(case):
    """It fails."""
    require(False, "seven is odd")


def has_nothing_to_say(case):
    """It has nothing to say."""
    raise NotApplicable("there is nothing")


CHECKS = tuple(map(Check.of, (holds, fails, has_nothing_to_say)))


def report(checks=CHECKS, **xfail):
    reasons = {name.replace("_", "-"): reason for name, reason in xfail.items()}
    return run("kind", "name", checks, lambda: None, reasons)


def test_a_report_tells_planned_ran_failed_and_why():
    actual = report()
    assert not actual.ok
    assert (len(actual.planned), actual.ran, len(actual.having("failed"))) == (3, 2, 1)
    assert "3 checks planned, 2 ran, 1 failed" in actual.text()
    assert "NonConformance: seven is odd" in actual.text()
    assert "there is nothing" in actual.text()
    with pytest.raises(NonConformance, match="seven is odd"):
        actual.require_ok()


def test_an_expected_failure_is_told_with_its_reason():
    actual = report(fails="seven cannot help it")
    assert actual.ok
    assert actual.having("xfailed")[0].message.startswith("seven cannot help it (NonConformance")


def test_an_expected_failure_that_passes_is_not_ok():
    actual = report(holds="it never did")
    assert [outcome.check for outcome in actual.having("xpassed")] == ["holds"]
    assert not report(CHECKS[:1], holds="it never did").ok


@pytest.mark.parametrize(
    ("xfail", "told"),
    [({"fial": "a"}, "did you mean 'fails'"), ({"fails": " "}, "without a reason")],
)
def test_an_expected_failure_names_a_check_and_a_reason(xfail, told):
    with pytest.raises(MmcoreError, match=told):
        report(**xfail)


def test_fewer_than_planned_is_not_ok():
    actual = Report("kind", "name", ("holds", "fails"), (Outcome("holds", "passed"),))
    assert actual.missing == ("fails",)
    assert not actual.ok
    assert "missing    fails: it did not run" in actual.text()


def test_a_report_as_json():
    document = json.loads(json.dumps(report().to_json()))
    assert document["kit"] == KIT_VERSION
    assert (document["planned"], document["ran"], document["ok"]) == (3, 2, False)
    assert document["outcomes"][1] == {
        "check": "fails",
        "status": "failed",
        "message": "NonConformance: seven is odd",
    }


def test_run_checks_reports_on_a_registered_component_and_does_not_raise():
    actual = run_checks("aggregator", "power", Catalogue.discover(), settings={"power": 0.5})
    assert actual.ok, actual.text()
    with pytest.raises(MmcoreError, match=r"unknown aggregator 'powre'.*did you mean 'power'"):
        run_checks("aggregator", "powre")
    with pytest.raises(MmcoreError, match="no option 'powre'"):
        run_checks("aggregator", "power", settings={"powre": 0.5})


def test_check_source_raises_what_it_found():
    with pytest.raises(NonConformance, match="source Lost: NOT OK"):
        check_source(Lost)


class Lost:
    def __len__(self):
        return 0


def test_a_component_is_checked_by_its_spec_alone():
    spec = ComponentSpec(
        kind="aggregator", name="mine", factory="mmcore.aggregators.factories:product"
    )
    mark = parametrize_checks("aggregator", spec, xfail={"order-of-experts": "a reason"})
    assert len(mark.args[1]) == len(kit_of("aggregator").checks)
    (_, bound), *_ = [(p.id, p.values[0]) for p in mark.args[1] if p.id == "one-expert"]
    bound()


def test_a_component_with_other_options_is_counted_by_itself():
    titles = set()
    for settings in (None, {"power": 0.5}):
        mark = parametrize_checks("aggregator", "power", settings=settings)
        titles |= {actual.args for p in mark.args[1] for actual in p.marks}
    planned = len(kit_of("aggregator").checks)
    assert titles == {("aggregator power", planned), ("aggregator power (power=0.5)", planned)}


def test_checks_leave_torch_as_it_was():
    import torch

    before = torch.random.get_rng_state()
    run_checks("aggregator", "geometric")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_default_dtype() == torch.float32


SUITE = """
import pytest
from mmcore.testing import parametrize_checks

@parametrize_checks("aggregator", "geometric", xfail={"one-expert": "a reason that is none"})
def test_conforms(check):
    check()

def test_fixtures(empty_catalogue, tiny_batch, linear_gaussian_world):
    from mmcore.plugins import Catalogue
    assert empty_catalogue.names("modality") == []
    assert len(tiny_batch) == 4
    assert linear_gaussian_world.log_prob(linear_gaussian_world.sample(3)).shape == (3,)
    with pytest.raises(AssertionError, match="discovers no plug-ins"):
        Catalogue.discover()
"""


@pytest.mark.slow
def test_the_plug_in_of_pytest_counts_and_offers_fixtures(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k"]
    chosen = "test_fixtures or one-expert or rows-apart"
    done = subprocess.run(
        [*command, chosen, "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    planned = len(kit_of("aggregator").checks)
    messages = f"aggregator geometric: {planned} planned, 1 passed, 1 failed, {planned - 2} NOT RUN"
    assert messages in done.stdout, done.stdout
    assert "XPASS(strict)" in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_the_plug_in_of_pytest_imports_no_torch():
    code = "import sys, mmcore.testing.pytest_plugin; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
