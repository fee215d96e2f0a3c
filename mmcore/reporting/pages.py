"""Pages of HTML and Markdown from templates."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["number", "render"]


def render(template: str, **values: Any) -> str:
    """Return a page from one of the package's templates."""
    environment = Environment(
        loader=PackageLoader("mmcore.reporting"),
        autoescape=not template.endswith(".md.j2"),
        undefined=StrictUndefined,
    )
    environment.filters["number"] = number
    return environment.get_template(template).render(**values)


def number(value: float | None) -> str:
    """Return a number to three digits after the point, fewer where it is large."""
    if value is None:
        return "n/a"
    if float(value).is_integer() and abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
