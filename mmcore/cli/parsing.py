"""Conversion of strings of the command line to values."""

from collections.abc import Sequence
from typing import Any

from mmcore.errors import MmcoreError
from mmcore.storage.documents import parse_yaml

__all__ = ["assignments", "names", "options", "parts", "process_count"]


def parts(text: str | None) -> list[str] | None:
    """Return the parts of ``a,b,c``, or None for None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def names(text: str | None) -> dict[str, str]:
    """Return the kinds by name in ``a,b,c``, or in ``left=a,right=a`` where one is used twice.

    ``distribution:a``, for a name that two plug-ins offer, has the name ``a``.

    Raises:
        MmcoreError: a name occurs twice, or there is none.
    """
    if text is None:
        return {}
    kinds: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, kind = map(str.strip, part.partition("="))
        kind, name = kind or name, name if kind else name.rpartition(":")[2]
        if name in kinds:
            raise MmcoreError(
                f"--modalities has '{name}' twice; use different names, such as left={name},right={name}"
            )
        kinds[name] = kind
    if not kinds:
        raise MmcoreError("--modalities is empty; expected names such as mnist,svhn,text")
    return kinds


def process_count(text: str) -> int | None:
    """Return the number in the value of ``--processes``, None for ``auto``.

    Raises:
        MmcoreError: it is neither.
    """
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise MmcoreError(
            f"--processes is '{text}', expected auto or a number such as 2", page="training"
        )
    return int(text)


def assignments(text: str, option: str) -> dict[str, float]:
    """Return the numbers in ``a=0.5,b=1``.

    Raises:
        MmcoreError: a part is not of this form.
    """
    values = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            raise MmcoreError(
                f"{option} has '{part.strip()}', expected NAME=NUMBER, separated by commas"
            ) from None
    return values


def options(assigned: Sequence[str], style_dim: str | None) -> dict[str, Any]:
    """Return choices from ``--set NAME=VALUE`` and ``--style-dim``.

    ``modality.option=value`` is an option of a modality; without a dot it is one of the method.

    Raises:
        MmcoreError: a part is not of this form.
    """
    chosen: dict[str, Any] = {}
    for text in assigned:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise MmcoreError(f"--set has '{text}', expected NAME=VALUE, such as svhn.width=16")
        chosen[name] = parse_yaml(value, f"--set {name}")
    if style_dim is not None:
        if "=" in style_dim:
            sizes = assignments(style_dim, "--style-dim")
            chosen |= {f"{name}.style_dim": size for name, size in sizes.items()}
        else:
            chosen["style_dim"] = _whole(style_dim)
    return chosen


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise MmcoreError(
            f"--style-dim is '{text}', expected a whole number or NAME=NUMBER,..."
        ) from None
