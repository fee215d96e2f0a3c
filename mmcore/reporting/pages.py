"""HTML and Markdown pages from templates.

The style and the script of a page are a part of it, and its policy allows no others, so that a page makes
no request and runs no script of a text in it.
"""

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mmcore.reporting.numbers import error, number
from mmcore.terminal.escaping import shown

__all__ = ["render"]


def render(template: str, **values: Any) -> str:
    """Return the page of a template, filled with ``values``."""
    is_page = not template.endswith(".md.j2")
    environment = Environment(
        loader=PackageLoader("mmcore.reporting"),
        autoescape=is_page,
        undefined=StrictUndefined,
        finalize=_literal if is_page else None,
    )
    environment.filters |= {"number": number, "error": error}
    if is_page:
        environment.globals |= _own_parts(environment)
    return environment.get_template(template).render(**values)


def _own_parts(environment: Environment) -> dict[str, str]:
    """Return the style, the script, and the policy that allows these two alone."""
    style, script = (_source(environment, name) for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "script": Markup(script), "policy": policy}


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256-{digest.decode()}"


def _literal(value: Any) -> Any:
    """Return a text with escapes in place of invisible characters; markup of the templates stays."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
