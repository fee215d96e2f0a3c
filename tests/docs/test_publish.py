"""The folder of all releases: each has its site, and the menu of versions lists exactly these."""

import json
import sys
from importlib import import_module

from support.pages import ROOT

sys.path.insert(0, str(ROOT / "docs" / "_site"))
publish = import_module("publish").publish

ADDRESS = "https://example.org/mmcore"


def published(tmp_path, *versions):
    """Publish a site for each version, and return the entries of the menu."""
    for number, version in enumerate(versions):
        (tmp_path / "site").mkdir(exist_ok=True)
        (tmp_path / "site" / "index.html").write_text(f"{version}, build {number}")
        publish(tmp_path / "site", tmp_path / "pages", version, ADDRESS + "/")
    return json.loads((tmp_path / "pages" / "switcher.json").read_text())


def test_the_menu_lists_the_folders_newest_first(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "CNAME").write_text("docs.example.org")
    entries = published(tmp_path, "0.9.0", "0.10.0", "0.2.0", "1.0.0rc1")
    assert [own["version"] for own in entries] == ["1.0.0rc1", "0.10.0", "0.9.0", "0.2.0"]
    for own in entries:
        folder = own["url"].removeprefix(f"{ADDRESS}/").strip("/")
        assert own["version"] in (tmp_path / "pages" / folder / "index.html").read_text()
    preferred = [own["version"] for own in entries if own["preferred"]]
    assert preferred == ["0.10.0"]  # not a release candidate
    assert 'url=0.10.0/"' in (tmp_path / "pages" / "index.html").read_text()
    assert (tmp_path / "pages" / "CNAME").is_file()


def test_a_release_that_is_published_again_is_replaced(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "old.html").touch()
    published(tmp_path, "0.1.0")
    (tmp_path / "site" / "old.html").unlink()
    assert len(published(tmp_path, "0.1.0", "0.1.0")) == 1
    assert "build 1" in (tmp_path / "pages" / "0.1.0" / "index.html").read_text()
    assert not (tmp_path / "pages" / "0.1.0" / "old.html").exists()
