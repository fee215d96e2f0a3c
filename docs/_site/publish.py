"""Add the site of a release to the folder of all releases, from which it is served.

    python docs/_site/publish.py build/site PAGES VERSION ADDRESS

Each release has a folder of its own, named after its version. ``switcher.json`` lists them for the menu of
versions (the "version dropdown" of pydata-sphinx-theme), and the first page leads to the newest one.
"""

import argparse
import json
import shutil
from pathlib import Path

from packaging.version import InvalidVersion, Version

__all__ = ["publish"]

FIRST_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>mmcore</title>
<link rel="icon" href="{version}/_static/icon.svg">
<meta http-equiv="refresh" content="0; url={version}/">
<p>The documentation of <a href="{version}/">mmcore {version}</a>.</p>
"""


def publish(site: Path, pages: Path, version: str, address: str) -> None:
    """Add the site of a release, or replace it.

    Arguments:
        site: the built site.
        pages: folder of all releases.
        version: of the release, such as ``0.2.0``.
        address: from which `pages` is served.
    """
    shutil.rmtree(pages / str(Version(version)), ignore_errors=True)
    shutil.copytree(site, pages / str(Version(version)))
    versions = sorted(filter(None, map(_version, pages.iterdir())), reverse=True)
    newest = next((own for own in versions if not own.is_prerelease), versions[0])
    entries = [_entry(own, address.rstrip("/"), own == newest) for own in versions]
    (pages / "switcher.json").write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    (pages / "index.html").write_text(FIRST_PAGE.format(version=newest), encoding="utf-8")
    (pages / ".nojekyll").touch()  # otherwise GitHub Pages leaves out folders such as _static


def _version(folder: Path) -> Version | None:
    try:
        return Version(folder.name) if folder.is_dir() else None
    except InvalidVersion:
        return None


def _entry(version: Version, address: str, newest: bool) -> dict[str, str | bool]:
    name = f"{version} (newest)" if newest else str(version)
    url = f"{address}/{version}/"
    return {"name": name, "version": str(version), "url": url, "preferred": newest}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("version")
    parser.add_argument("address")
    publish(**vars(parser.parse_args()))
