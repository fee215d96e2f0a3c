"""Fake distributions in a temporary site directory: one plug-in's failure never hurts another."""

import sys

import pytest

from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

GOOD = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="modality", name="{name}", factory="{package}.nets:Net", api={api})]
"""


LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [{specs}]
"""


def good(package, name, api=1):
    return GOOD.format(package=package, name=name, api=api)


def record(catalogue, distribution):
    return next(r for r in catalogue.records if r.distribution == distribution)


BREAKAGES = {
    "import error": "import a_module_that_is_not_there",
    "exception at import": "raise RuntimeError('boom')",
    "exception in the hook": (
        "from mmcore.plugins import hookimpl\n@hookimpl\ndef mmcore_components():\n    1 / 0"
    ),
    "invalid spec": (
        "from mmcore.plugins import hookimpl\n"
        "@hookimpl\ndef mmcore_components():\n    return [{'kind': 'modality', 'name': 'Bad Name'}]"
    ),
    "outside its package": good("os", "thief"),
    "exit at import": "raise SystemExit(3)",
    "panic at import": "raise BaseException('boom')",
    "no mark on the hook": "def mmcore_components():\n    return []",
    "nothing returned": (
        "from mmcore.plugins import hookimpl\n@hookimpl\ndef mmcore_components():\n    pass"
    ),
    "twice the same": LIGHT.format(
        specs="*[ComponentSpec(kind='modality', name='x', factory='fake_broken.nets:Net')] * 2"
    ),
    "unknown hook": (
        "from mmcore.plugins import hookimpl\n@hookimpl\ndef mmcore_componentz():\n    return []"
    ),
}


@pytest.mark.parametrize("how", BREAKAGES)
def test_a_broken_plugin_is_recorded_and_stops_nothing(site, how):
    site("fake-broken", BREAKAGES[how])
    site("fake-fine", good("fake_fine", "fine"))
    catalogue = Catalogue.discover()
    assert record(catalogue, "fake-broken").status == "broken"
    assert "fine" in catalogue.names("modality")
    assert "mnist" in catalogue.names("modality")


@pytest.mark.parametrize("damage", ["points", "no metadata"])
def test_damaged_metadata_stops_nothing(site, damage):
    if damage == "points":
        site("fake-broken", "", points="no equals sign")
    else:
        (site("fake-broken", BREAKAGES["import error"]) / "METADATA").unlink()
    records = Catalogue.discover().records
    assert [r.status for r in records if r.distribution in ("fake-broken", "unknown")] == ["broken"]
    assert "mnist" in Catalogue(records).names("modality")


def test_a_module_without_the_hook_is_told_what_is_missing(site):
    site("fake-broken", BREAKAGES["no mark on the hook"])
    error = record(Catalogue.discover(), "fake-broken").error
    assert "mmcore_components" in str(error)
    assert "@hookimpl" in str(error)


def test_an_interruption_is_no_failure_of_a_plugin(site):
    site("fake-broken", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Catalogue.discover()


def test_asking_for_a_broken_plugin_by_name_tells_its_error(site):
    site("fake-broken", "raise RuntimeError('boom')")
    with pytest.raises(MmcoreError, match=r"fake-broken 1\.2.*RuntimeError: boom") as caught:
        Catalogue.discover().find("modality", "fake-broken")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_strict_raises_what_the_plugin_raises(site):
    site("fake-broken", "raise RuntimeError('boom')")
    with pytest.raises(RuntimeError, match="boom"):
        Catalogue.discover({"MMCORE_STRICT_PLUGINS": "1"})


@pytest.mark.parametrize("entry", ["fake-broken", "mmcore", "core"])
@pytest.mark.parametrize(
    "environment",
    [
        {"MMCORE_PLUGINS": "mmcore-mnist"},
        {"MMCORE_PLUGINS_DENY": "fake-broken"},
        {"MMCORE_PLUGINS_DENY": "mmcore-text, Fake_Broken"},
        {"MMCORE_PLUGINS": "fake-broken", "MMCORE_PLUGINS_DENY": "fake-broken"},
    ],
)
def test_a_plugin_that_is_not_allowed_is_not_imported(site, environment, entry):
    site("fake-broken", "raise RuntimeError('boom')", entry=entry)
    catalogue = Catalogue.discover({**environment, "MMCORE_STRICT_PLUGINS": "1"})
    assert record(catalogue, "fake-broken").status == "disabled"
    assert "fake_broken.plugin" not in sys.modules
    with pytest.raises(MmcoreError, match="is disabled"):
        catalogue.find("modality", "fake-broken:anything")


def test_an_empty_allow_list_leaves_the_core():
    catalogue = Catalogue.discover({"MMCORE_PLUGINS": ""})
    assert catalogue.names("modality") == []
    assert "mmjsd" in catalogue.names("method")


def test_two_plugins_with_the_same_name_are_an_error_that_names_both(site):
    site("fake-one", good("fake_one", "same"))
    site("fake-two", good("fake_two", "same"))
    catalogue = Catalogue.discover()
    with pytest.raises(MmcoreError, match="'fake-one:same' or 'fake-two:same'"):
        catalogue.find("modality", "same")
    assert catalogue.find("modality", "fake-two:same")[0].distribution == "fake-two"


def test_the_core_cannot_be_refused():
    assert "mmjsd" in Catalogue.discover({"MMCORE_PLUGINS_DENY": "mmcore,core"}).names("method")


def test_a_plugin_that_needs_another_core_is_not_imported(site):
    site("fake-old", "raise RuntimeError('boom')", requires="mmcore<0.0.1")
    site("fake-new", good("fake_new", "new"), requires="mmcore>=0.0.1")
    site("fake-near", good("fake_near", "near"), requires="mmcore-other<0.0.1")
    catalogue = Catalogue.discover()
    assert record(catalogue, "fake-old").status == "incompatible"
    assert "fake_old.plugin" not in sys.modules
    with pytest.raises(
        MmcoreError, match=r"fake-old 1\.2.*requires mmcore <0\.0\.1, the installed version is"
    ):
        catalogue.find("modality", "fake-old")
    assert {"new", "near"} <= set(catalogue.names("modality"))


def test_a_plugin_for_another_interface_is_incompatible(site):
    site("fake-future", good("fake_future", "future", api=99))
    catalogue = Catalogue.discover()
    assert record(catalogue, "fake-future").status == "incompatible"
    with pytest.raises(MmcoreError, match="written for plug-in interface 99"):
        catalogue.find("modality", "future")


def test_an_unknown_name_says_what_is_there_what_is_near_and_how_to_get_others():
    with pytest.raises(MmcoreError, match=r"unknown modality 'mnits'.*mnist.*did you mean 'mnist'"):
        Catalogue.discover().find("modality", "mnits")
    with pytest.raises(MmcoreError, match="such as mmcore-audio"):
        Catalogue.discover().find("modality", "audio")


def test_an_unknown_name_tells_of_plugins_that_could_have_had_it(site):
    with pytest.raises(MmcoreError, match=r"mmcore-text cannot be used, see mmcore plugins doctor"):
        Catalogue.discover({"MMCORE_PLUGINS_DENY": "mmcore-text"}).find("modality", "sonar")
    site("fake-broken", "raise RuntimeError('boom')")
    with pytest.raises(MmcoreError, match="fake-broken cannot be used, see mmcore plugins doctor"):
        Catalogue.discover().find("modality", "sonar")
    with pytest.raises(MmcoreError, match=r"fake-broken 1\.2.*RuntimeError: boom"):
        Catalogue.discover().find("modality", "fake-broken:sonar")


TARGETS = {
    "no module": ("", "", "No module named 'fake_late.nets'"),
    "no class": ("", "nets", "has no attribute 'Net'"),
    "import error": ("import a_module_that_is_not_there", "nets", "a_module_that_is_not_there"),
    "exit": ("raise SystemExit(3)", "nets", "SystemExit: 3"),
    "panic": ("raise BaseException('boom')", "nets", "BaseException: boom"),
}


@pytest.mark.parametrize("how", TARGETS)
def test_a_component_whose_parts_are_missing_says_whose_they_are(site, how):
    code, module, messages = TARGETS[how]
    site("fake-late", good("fake_late", "late"), **({module: code} if module else {}))
    catalogue = Catalogue.discover()
    assert record(catalogue, "fake-late").status == "ok"
    with pytest.raises(
        MmcoreError, match=f"'late' of plug-in fake-late 1.2 .*{messages}"
    ) as caught:
        catalogue.load("modality", "late")
    assert caught.value.__cause__ is not None


def test_settings_that_are_no_model_are_one_sentence(site):
    spec = "kind='modality', name='x', factory='fake_odd.nets:N', settings='fake_odd.nets:S'"
    site("fake-odd", LIGHT.format(specs=f"ComponentSpec({spec})"), nets="S = 3")
    with pytest.raises(MmcoreError, match="not a pydantic model"):
        Catalogue.discover().settings("modality", "x", {})


def test_a_plugin_is_found_by_distribution_or_entry_point(site):
    site("fake-two-doors", "", points="one = fake_two_doors.plugin\ntwo = fake_two_doors.plugin")
    catalogue = Catalogue.discover()
    assert len(catalogue.plugins("Fake_two_doors")) == 2
    assert len(catalogue.plugins("two")) == 1
    with pytest.raises(MmcoreError, match="did you mean 'fake-two-doors'"):
        catalogue.plugins("fake-two-door")
