"""What modalities suggest where the user has chosen nothing; no torch is imported here."""

from collections.abc import Mapping
from typing import Any, TypeVar

from mmcore.config import ModelConfig
from mmcore.plugins import Catalogue, Suggestion

__all__ = ["announcement", "suggestions"]

T = TypeVar("T")


def suggestions(
    modalities: Mapping[str, str], choices: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, Any]:
    """Return choices, as `assemble` takes them, for what ``choices`` leaves open.

    A style's size is the affair of its modality. The size of the content and the weight of the prior
    are shared: they are suggested where all who say something of them say the same. Of learning
    rates the smallest is taken.

    Arguments:
        modalities: kinds by name.
        choices: what the user has chosen; None is no choice.
        catalogue: where modalities are found.

    Raises:
        MmcoreError: a modality or the method is unknown, or an option that a suggestion depends on is
            not valid.
    """
    chosen = {name for name, value in choices.items() if value is not None}
    told = {
        name: catalogue.suggestion(kind, _options(name, choices))
        for name, kind in modalities.items()
    }
    method = choices.get("method") or ModelConfig.model_fields["method"].default
    found = _shared(told, "weights" in catalogue.settings_model("method", method).model_fields)
    if "style_dim" not in chosen:
        found |= {f"{name}.style_dim": told[name].style_dim for name in told}
    return {
        name: value for name, value in found.items() if value is not None and name not in chosen
    }


def announcement(suggested: Mapping[str, Any]) -> str:
    """Return one line that says what was suggested, or nothing."""
    told = ", ".join(f"{name} {_written(value)}" for name, value in suggested.items())
    return f"note: the modalities suggest {told}; a choice of yours goes over it" if told else ""


def _shared(told: Mapping[str, Suggestion], weighs: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "content_dim": _agreed([suggestion.content_dim for suggestion in told.values()])
    }
    prior = _agreed([suggestion.prior_weight for suggestion in told.values()])
    rates = [suggestion.learning_rate for suggestion in told.values()]
    found["learning_rate"] = min((rate for rate in rates if rate is not None), default=None)
    if weighs and prior is not None:
        found["weights"] = {"prior": prior, **dict.fromkeys(told, (1 - prior) / len(told))}
    return found


def _options(modality: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen options of a modality's own settings."""
    own = {
        name.removeprefix(f"{modality}."): value
        for name, value in choices.items()
        if name.startswith(f"{modality}.") and value is not None
    }
    return {option: value for option, value in own.items() if option != "style_dim"}


def _agreed(values: list[T | None]) -> T | None:
    said = {value for value in values if value is not None}
    return said.pop() if len(said) == 1 else None


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={weight:.3g}" for name, weight in value.items())
    return str(value)
