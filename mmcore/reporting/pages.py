"""HTML and Markdown pages from templates."""

import shlex
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mmcore.terminal.escaping import shown

__all__ = ["error", "number", "render"]


def render(template: str, **values: Any) -> str:
    """Return the page of a template, filled with ``values``."""
    is_page = not template.endswith(".md.j2")
    environment = Environment(
        loader=PackageLoader("mmcore.reporting"),
        autoescape=is_page,
        undefined=StrictUndefined,
        finalize=_literal if is_page else None,
    )
    environment.filters |= {"number": number, "error": error, "quote": shlex.quote}
    return environment.get_template(template).render(**values)


def number(value: float | None) -> str:
    """Return a number as text, with three decimals below 10, and with one decimal or none from 10 on."""
    if value is None:
        return "n/a"
    if float(value).is_integer() and abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def error(value: float | None) -> str:
    """Return a standard error as text that follows a number, or nothing if it is not known."""
    return "" if value is None else f" ± {number(value)}"


def _literal(value: Any) -> Any:
    """Return a text with escapes in place of invisible characters; markup of the templates stays."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
