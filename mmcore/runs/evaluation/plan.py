"""The plan of a reproduction: which models of an experiment are trained, and how they are measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmcore.config import EvaluationSettings
from mmcore.errors import MmcoreError, nearest
from mmcore.plugins import Catalogue
from mmcore.reporting.experiment import Experiment, ExperimentModel

__all__ = ["Plan", "chosen_models", "measured_as", "with_others"]


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment, and how it is reproduced.

    Arguments:
        name: of the experiment.
        out: folder of the runs, ``OUT/MODEL-seed-N`` each.
        methods: those that are trained; all if left out.
        subspaces: ``with`` or ``without`` modality-specific subspaces, or ``both``.
        budget: share of the published training samples.
        seeds: one training of each model for each.
        choices: values other than the experiment's, by the names of the command line's options.
        settings: how the models are measured.
        page: file of the tables; ``OUT/RESULTS.md`` if left out.
    """

    name: str
    out: Path
    methods: Sequence[str] | None = None
    subspaces: str = "both"
    budget: float = 0.01
    seeds: Sequence[int] = (0,)
    choices: Mapping[str, Any] = field(default_factory=dict)
    settings: EvaluationSettings = field(default_factory=EvaluationSettings)
    page: Path | None = None


def with_others(experiment: Experiment, plan: Plan, catalogue: Catalogue) -> Experiment:
    """Return the experiment with those other methods that the plan names or that its folder has runs of.

    Raises:
        MmcoreError: the experiment accepts other methods, and one that the plan names is not installed.
    """
    if experiment.others is None:
        return experiment
    own = {model.method for model in experiment.models.values()}
    for name in plan.methods or ():
        if name not in own:
            catalogue.find("method", name)
    subspaces = bool(experiment.others.get("style_dim", 0))
    others = {
        name: ExperimentModel(
            title=name,
            method=name,
            subspaces=subspaces,
            choices={**experiment.others, "method": name},
        )
        for name in catalogue.names("method")
        if name not in own
        and (name in (plan.methods or ()) or any(plan.out.glob(f"{name}-seed-*")))
    }
    return experiment.model_copy(update={"models": {**experiment.models, **others}})


def measured_as(experiment: Experiment, settings: EvaluationSettings) -> EvaluationSettings:
    """Return the settings with the options of the experiment below those of the user."""
    names = {**experiment.options, **settings.options}
    options = {n: {**experiment.options.get(n, {}), **settings.options.get(n, {})} for n in names}
    return settings.model_copy(update={"options": options})


def chosen_models(experiment: Experiment, plan: Plan) -> list[str]:
    """Return the names of the models that the plan chooses.

    Raises:
        MmcoreError: a method is unknown, or no model is chosen.
    """
    valid = list(dict.fromkeys(model.method for model in experiment.models.values()))
    for method in plan.methods or ():
        if method not in valid:
            raise MmcoreError(
                f"experiment '{plan.name}' has no method '{method}', it has {', '.join(valid)}"
                f"{nearest(method, valid)}"
            )
    wanted = {"both": (False, True), "with": (True,), "without": (False,)}
    if plan.subspaces not in wanted:
        raise MmcoreError(
            f"--subspaces is '{plan.subspaces}', expected both, with or without"
            f"{nearest(plan.subspaces, wanted)}"
        )
    chosen = [
        name
        for name, model in experiment.models.items()
        if model.subspaces in wanted[plan.subspaces]
        and model.method in (plan.methods if plan.methods is not None else valid)
    ]
    if not chosen:
        raise MmcoreError(
            f"experiment '{plan.name}' has no model {plan.subspaces} subspaces; change --subspaces"
        )
    return chosen
