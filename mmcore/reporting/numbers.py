"""Numbers and standard errors as text."""

__all__ = ["error", "number"]


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
