"""Settings that are chosen together by a name; no torch is imported here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue

__all__ = ["PRESETS", "with_preset"]


def _paper(modalities: Iterable[str]) -> dict[str, Any]:
    """Return the settings of the mmJSD paper: a constant rate, and no measure against style leakage.

    References:
        Sutter, Daunhawer, Vogt (2020), Appendix; docs/design/002-styles.md.
    """
    return {
        "batch_size": 256,
        "learning_rate": 5e-4,
        "optimizer": "adam",
        "adam.schedule": "constant",
        "relative_clip": None,
        "beta": 2.5,
        "style_warmup": 0.0,
        "style_cross_gradient": 1.0,
        "style_weights": dict.fromkeys(modalities, 1.0),
        "generation_prior": "standard",
        "regression": False,
    }


PRESETS: dict[str, Callable[[Iterable[str]], dict[str, Any]]] = {"paper": _paper}
"""The settings of each preset, for modalities of these names."""


def with_preset(
    name: str | None,
    modalities: Mapping[str, str],
    choices: Mapping[str, Any],
    catalogue: Catalogue | None = None,
) -> dict[str, Any]:
    """Return choices, and the settings of a preset that they leave out.

    Arguments:
        name: of the preset; None for none.
        modalities: kinds by name.
        choices: of the user.
        catalogue: where components are found; the installed plug-ins if left out.

    Raises:
        MmcoreError: there is no such preset, no modality is named, or one is not installed.

    Example:
        >>> with_preset("paper", {"mnist": "mnist"}, {"beta": 1.0})["learning_rate"]
        0.0005
    """
    if name is None:
        return dict(choices)
    if name not in PRESETS:
        raise MmcoreError(
            f"--preset is '{name}', expected {', '.join(PRESETS)}{nearest(name, PRESETS)}"
        )
    if not modalities:
        raise MmcoreError(f"--preset {name} needs --modalities, such as mnist,svhn,text")
    networks = _published(modalities, catalogue or Catalogue.discover())
    return {**PRESETS[name](modalities), **networks, **choices}


def _published(modalities: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    """Return the options of the published networks, as NAME.OPTION."""
    specs = {name: catalogue.find("modality", kind)[1] for name, kind in modalities.items()}
    return {f"{n}.{option}": v for n, spec in specs.items() for option, v in spec.published.items()}
