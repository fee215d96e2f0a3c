"""Conversion of the options of the command line to the settings of an evaluation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mmcore.config import EvaluationSettings
from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError, nearest

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue

__all__ = ["evaluation_settings"]

SHARED = EvaluationSettings.model_fields.keys() - {"options"}


def evaluation_settings(choices: Mapping[str, Any], catalogue: "Catalogue") -> EvaluationSettings:
    """Return the settings of an evaluation with ``choices`` over the defaults.

    ``metric.option`` is an option of one metric. A name without a dot is a shared setting, or an option
    of every metric that has an option of this name.

    Arguments:
        choices: values by name; None stands for the default.
        catalogue: the metrics.

    Raises:
        MmcoreError: a name is unknown, or a value is not valid.
    """
    shared: dict[str, Any] = {}
    chosen: dict[str, dict[str, Any]] = {}
    fields = _fields(catalogue)
    for name, value in choices.items():
        if value is None:
            continue
        if name in SHARED:
            shared[name] = value
            continue
        for metric, option in _targets(name, fields):
            chosen.setdefault(metric, {})[option] = value
    for metric, values in chosen.items():
        catalogue.settings("metric", metric, values)
    try:
        return EvaluationSettings.model_validate({**shared, "options": chosen})
    except ValidationError as error:
        raise MmcoreError(sentence(error, EvaluationSettings, "the evaluation")) from error


def _fields(catalogue: "Catalogue") -> dict[str, list[str]]:
    """Return the options of each metric."""
    return {
        name: list(catalogue.settings_model("metric", name).model_fields)
        for name in catalogue.listing("metric")
    }


def _targets(name: str, fields: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Return the metrics that have an option, each with the name of the option."""
    for metric, options in fields.items():
        option = name.removeprefix(f"{metric}.")
        # An option with a dot is one of a nested component, which the settings of the metric check.
        if option != name and (option in options or "." in option):
            return [(metric, option)]
    owners = [(metric, name) for metric, options in fields.items() if name in options]
    if not owners:
        valid = [*sorted(SHARED), *(f"{m}.{option}" for m, own in fields.items() for option in own)]
        short = [option for own in fields.values() for option in own]
        raise MmcoreError(
            f"the evaluation has no setting '{name}', expected one of {', '.join(valid)}"
            + nearest(name, [*valid, *short])
        )
    return owners
