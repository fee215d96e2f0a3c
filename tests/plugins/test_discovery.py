"""Fake distributions in a temporary site directory: one plug-in's failure never hurts another."""

import sys
import textwrap

import pytest

from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

GOOD = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="modality", name="{name}", factory="{package}.nets:Net", api={api})]
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a function that installs a fake distribution."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(distribution, code, *, entry=None, version="1.2"):
        package = distribution.replace("-", "_")
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        (tmp_path / package / "plugin.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(
            f"[mmcore]\n{entry or distribution} = {package}.plugin\n"
        )

    yield install
    for name in [n for n in sys.modules if n.startswith("fake_")]:
        del sys.modules[name]


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


def test_asking_for_a_broken_plugin_by_name_tells_its_error(site):
    site("fake-broken", "raise RuntimeError('boom')")
    with pytest.raises(MmcoreError, match=r"fake-broken 1\.2.*RuntimeError: boom") as caught:
        Catalogue.discover().find("modality", "fake-broken")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_strict_raises_what_the_plugin_raises(site):
    site("fake-broken", "raise RuntimeError('boom')")
    with pytest.raises(RuntimeError, match="boom"):
        Catalogue.discover({"MMCORE_STRICT_PLUGINS": "1"})


@pytest.mark.parametrize(
    "environment",
    [{"MMCORE_PLUGINS": "mmcore-mnist"}, {"MMCORE_PLUGINS_DENY": "fake-broken"}],
)
def test_a_plugin_that_is_not_allowed_is_not_imported(site, environment):
    site("fake-broken", "raise RuntimeError('boom')")
    catalogue = Catalogue.discover({**environment, "MMCORE_STRICT_PLUGINS": "1"})
    assert record(catalogue, "fake-broken").status == "disabled"
    assert "fake_broken.plugin" not in sys.modules
    with pytest.raises(MmcoreError, match="is disabled"):
        catalogue.find("modality", "fake-broken")


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


def test_a_plugin_for_another_interface_is_incompatible(site):
    site("fake-future", good("fake_future", "future", api=99))
    catalogue = Catalogue.discover()
    assert record(catalogue, "fake-future").status == "incompatible"
    with pytest.raises(MmcoreError, match="another plug-in interface"):
        catalogue.find("modality", "future")


def test_an_unknown_name_says_what_is_there_what_is_near_and_how_to_get_others():
    with pytest.raises(MmcoreError, match=r"unknown modality 'mnits'.*mnist.*did you mean 'mnist'"):
        Catalogue.discover().find("modality", "mnits")
    with pytest.raises(MmcoreError, match="pip install mmcore-audio"):
        Catalogue.discover().find("modality", "audio")
