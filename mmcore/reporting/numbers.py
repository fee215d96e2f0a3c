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


def error(value: float | None, of: float | None) -> str:
    """Return a standard error as text that follows the number ``of``, or nothing if it is not known.

    It has one decimal as the number has, unless it would be 0.0.

    Example:
        >>> number(65.42) + error(1.393, 65.42), number(65.42) + error(0.012, 65.42)
        ('65.4 ± 1.4', '65.4 ± 0.012')
    """
    if value is None:
        return ""
    is_rounded = of is not None and abs(of) >= 10 and abs(value) >= 0.05
    return f" ± {value:,.1f}" if is_rounded else f" ± {number(value)}"
