"""The documentation site.

Build it with::

    uv run --group docs sphinx-build -W --keep-going docs build/site

The option ``-t release`` adds the menu of versions, which needs the other versions beside this one; see
``.github/workflows/release.yml``.
"""

import os
import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_site"))
# A notebook finds the commands of the environment that builds the site.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from generate import write_reference  # noqa: E402
from links import escape_stars, name_files  # noqa: E402

project = "mmcore"
author = "the mmcore developers"
release = version = metadata.version("mmcore")
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # the site makes no request
]
exclude_patterns = ["_site"]
default_role = "code"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
# A link to a heading that another page has is checked; what is highlighted as a language need not parse.
suppress_warnings = ["misc.highlighting_failure"]

nb_execution_mode = "cache"
nb_execution_timeout = 600
nb_execution_in_temp = True
nb_merge_streams = True
nb_execution_raise_on_error = True

napoleon_numpy_docstring = False
napoleon_custom_sections = [
    ("Shapes", "params_style"),
    ("Subclass requirements", "notes_style"),
]
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

html_theme = "pydata_sphinx_theme"
html_title = "mmcore"
html_favicon = "_site/icon.svg"  # a browser asks for /favicon.ico otherwise
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
}
if tags.has("release"):  # noqa: F821 - Sphinx defines it
    html_theme_options |= {
        "switcher": {"json_url": "../switcher.json", "version_match": release},
        "check_switcher": False,  # the file is written after the build
        "show_version_warning_banner": True,
        "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    }
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_show_search_summary = False  # it fetches pages, which fails from the disk


def setup(app: Sphinx) -> None:
    """Write the generated pages, and adapt texts that are written for other readers."""
    write_reference(HERE / "reference" / "generated")
    app.connect("source-read", name_files)
    app.connect("autodoc-process-docstring", escape_stars)
