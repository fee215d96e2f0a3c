"""Numbers and standard errors as text."""

__all__ = ["error", "number"]

SMALL = 0.0005
"""Smaller numbers, such as p-values, would be 0.000."""


def number(value: float | None) -> str:
    """Return a number as text.

    It has three decimals below 10, one decimal or none from 10 on, and an exponent if it is not 0 and has no
    digit in three decimals.
    """
    if value is None:
        return "n/a"
    if 0 < abs(value) < SMALL:
        return f"{value:.1e}"
    if float(value).is_integer() and abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def error(value: float | None) -> str:
    """Return a standard error as text that follows a number, or nothing if it is not known."""
    return "" if value is None else f" ± {number(value)}"
