"""The settings that are tuned: their ranges depend on the data, and their defaults are those of training."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from mmcore.data.tables import StudyFit
from mmcore.plugins import Catalogue, Context

__all__ = ["Range", "Space"]

FACTOR, RATE_FACTOR = 4, 5.0
"""By which sizes, and the learning rate, are at most decreased and increased."""
MOST_DROPOUT = 0.5

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """The values of one setting.

    Arguments:
        default: the value of a training without tuning, which is between the others.
        low: the smallest value.
        high: the largest value.
        log: whether ratios of values, and not differences, are of the same importance.
    """

    default: float
    low: float
    high: float
    log: bool = False

    def suggested(self, trial: Any, name: str) -> float:
        """Return the value that a trial of optuna suggests; whole numbers where the default is one."""
        suggest = trial.suggest_int if isinstance(self.default, int) else trial.suggest_float
        value: float = suggest(name, self.low, self.high, log=self.log)
        return value


@dataclass(frozen=True, slots=True)
class Space:
    """The settings of one method that a study leaves out, and that are tuned.

    Arguments:
        method: its name.
        ranges: by name of the setting: ``content_dim``, ``learning_rate``, ``width`` (a factor),
            ``dropout``, ``balance``.
        widths: default width of the networks by modality; those without this option are left out.
        dropouts: modalities with the option ``dropout``.
        ratios: by modality, the largest data size divided by its own.
    """

    method: str
    ranges: Mapping[str, Range]
    widths: Mapping[str, int]
    dropouts: tuple[str, ...]
    ratios: Mapping[str, float]

    @classmethod
    def of(cls, document: Document, fit: StudyFit, catalogue: Catalogue) -> "Space":
        """Return the space of the method of a fitted study; settings in the study's file are not tuned.

        Arguments:
            document: content of the file.
            fit: the study with this method.
            catalogue: where components are found.
        """
        model, training = fit.config.model, fit.config.training
        given, options = document.get("model", {}), document.get("model", {}).get("options", {})
        widths = {n: int(v) for n, v in _left_out(document, fit, catalogue, "width").items() if v}
        dropouts = _left_out(document, fit, catalogue, "dropout")
        ratios = _ratios(fit, catalogue)
        ranges = {}
        if "content_dim" not in given:
            ranges["content_dim"] = _around(model.content_dim)
        if "learning_rate" not in document.get("training", {}):
            rate = training.learning_rate
            ranges["learning_rate"] = Range(rate, rate / RATE_FACTOR, rate * RATE_FACTOR, log=True)
        if widths:
            ranges["width"] = Range(1.0, 1 / FACTOR, FACTOR, log=True)
        if dropouts:
            usual = float(next(iter(dropouts.values())) or 0.0)
            ranges["dropout"] = Range(usual, 0.0, max(MOST_DROPOUT, usual))
        weights = model.options.get("likelihood_weights", {})
        if weights and "likelihood_weights" not in options and max(ratios.values()) > 1:
            equal = len(set(weights.values())) == 1
            ranges["balance"] = Range(0.0 if equal else 0.5, 0.0, 1.0)
        return cls(model.method, ranges, widths, tuple(dropouts), ratios)

    @property
    def defaults(self) -> dict[str, float]:
        """The values of a training without tuning, by name of the parameter of optuna."""
        return {self._parameter(name): own.default for name, own in self.ranges.items()}

    def suggested(self, trial: Any) -> dict[str, float]:
        """Return the values that a trial of optuna suggests, by setting."""
        return {
            name: own.suggested(trial, self._parameter(name)) for name, own in self.ranges.items()
        }

    def values(self, parameters: Mapping[str, Any]) -> dict[str, float]:
        """Return the values of a finished trial, by setting."""
        return {name: parameters[self._parameter(name)] for name in self.ranges}

    def filled(self, document: Document, values: Mapping[str, float]) -> dict[str, Any]:
        """Return the content of the study's file with the method and the values of its settings.

        Arguments:
            document: content of the file.
            values: by setting.
        """
        study = deepcopy(dict(document))
        model, training = study.setdefault("model", {}), study.setdefault("training", {})
        model["method"] = self.method
        if "content_dim" in values:
            model["content_dim"] = values["content_dim"]
        if "learning_rate" in values:
            training["learning_rate"] = float(f"{values['learning_rate']:.3g}")
        if "balance" in values:
            weights = {n: round(r ** values["balance"], 3) for n, r in self.ratios.items()}
            model.setdefault("options", {})["likelihood_weights"] = weights
        for name, width in self.widths.items():
            study["modalities"][name]["width"] = max(1, round(width * values["width"]))
        for name in self.dropouts:
            study["modalities"][name]["dropout"] = round(values["dropout"], 3)
        return study

    def _parameter(self, setting: str) -> str:
        return f"{self.method}.{setting}"


def _around(size: int) -> Range:
    return Range(size, max(1, size // FACTOR), size * FACTOR, log=True)


def _left_out(
    document: Document, fit: StudyFit, catalogue: Catalogue, option: str
) -> dict[str, float | None]:
    """Return the value of an option by modality, of those that have it and whose file leaves it out."""
    values = {}
    for name, modality in fit.config.model.modalities.items():
        fields = catalogue.settings_model("modality", modality.kind).model_fields
        if option in fields and option not in document["modalities"][name]:
            values[name] = modality.settings.get(option, fields[option].default)
    return values


def _ratios(fit: StudyFit, catalogue: Catalogue) -> dict[str, float]:
    sizes = {
        name: Context(catalogue=catalogue).make("modality", own.kind, own.settings).data_size
        for name, own in fit.config.model.modalities.items()
    }
    return {name: max(sizes.values()) / size for name, size in sizes.items()}
