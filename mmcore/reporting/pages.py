"""HTML and Markdown pages from templates."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["number", "render"]


def render(template: str, **values: Any) -> str:
    """Return the page of a template, filled with ``values``."""
    environment = Environment(
        loader=PackageLoader("mmcore.reporting"),
        autoescape=not template.endswith(".md.j2"),
        undefined=StrictUndefined,
    )
    environment.filters["number"] = number
    return environment.get_template(template).render(**values)


def number(value: float | None) -> str:
    """Return a number as text, with three decimals below 10, and with one decimal or none from 10 on."""
    if value is None:
        return "n/a"
    if float(value).is_integer() and abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
