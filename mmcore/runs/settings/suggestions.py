"""Settings that the modalities suggest; no torch is imported here."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from mmcore.config import ModelConfig
from mmcore.plugins import Catalogue, Suggestion

__all__ = ["announcement", "suggestions"]

T = TypeVar("T")


def suggestions(
    modalities: Mapping[str, str], choices: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, Any]:
    """Return suggested choices, as arguments of `assemble`, for settings that ``choices`` leaves out.

    Each modality suggests the size of its style. The content dimension, the weight of the prior and the
    share of the gradient of styles are shared: they are suggested if all modalities that suggest a value
    agree. The learning rate is the smallest that is suggested.

    Arguments:
        modalities: kinds by name.
        choices: of the user.
        catalogue: where modalities are found.

    Raises:
        MmcoreError: a modality or the method is unknown, or an option is not valid.
    """
    own = {
        name: catalogue.suggestion(kind, _options(name, choices))
        for name, kind in modalities.items()
    }
    method = choices.get("method") or ModelConfig.model_fields["method"].default
    suggested = _shared(own, catalogue.settings_model("method", method).model_fields)
    if "style_dim" not in choices:
        suggested |= {f"{name}.style_dim": own[name].style_dim for name in own}
    return {
        name: value
        for name, value in suggested.items()
        if value is not None and name not in choices
    }


def announcement(suggested: Mapping[str, Any]) -> list[str]:
    """Return a sentence with the suggestions, or none."""
    values = ", ".join(f"{name} {_written(value)}" for name, value in suggested.items())
    return [f"the modalities suggest {values}; your options override them"] if values else []


def _shared(own: Mapping[str, Suggestion], options: Collection[str]) -> dict[str, Any]:
    """Return the suggestions for settings that the modalities share; a method may lack some options."""
    shared: dict[str, Any] = {
        "content_dim": _agreed([suggestion.content_dim for suggestion in own.values()])
    }
    prior = _agreed([suggestion.prior_weight for suggestion in own.values()])
    rates = [suggestion.learning_rate for suggestion in own.values()]
    shared["learning_rate"] = min((rate for rate in rates if rate is not None), default=None)
    if "style_cross_gradient" in options:
        shares = [suggestion.style_cross_gradient for suggestion in own.values()]
        shared["style_cross_gradient"] = _agreed(shares)
    if "weights" in options and prior is not None:
        shared["weights"] = {"prior": prior, **dict.fromkeys(own, (1 - prior) / len(own))}
    return shared


def _options(modality: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen options of a modality's own settings."""
    own = {
        name.removeprefix(f"{modality}."): value
        for name, value in choices.items()
        if name.startswith(f"{modality}.")
    }
    return {option: value for option, value in own.items() if option != "style_dim"}


def _agreed(values: list[T | None]) -> T | None:
    different = {value for value in values if value is not None}
    return different.pop() if len(different) == 1 else None


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={weight:.3g}" for name, weight in value.items())
    return str(value)
