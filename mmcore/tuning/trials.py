"""Trials: settings that optuna suggests, and their imputation errors on the folds."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from filelock import FileLock

from mmcore.config.study import StudyConfig
from mmcore.data.tables.fit import fit_study
from mmcore.errors import MmcoreError
from mmcore.noise import derived_seed
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import read_config_or_study
from mmcore.storage.documents import read_yaml
from mmcore.terminal.printing import Console
from mmcore.tuning.folds import Folds
from mmcore.tuning.journal import finished, journal, optuna
from mmcore.tuning.plan import METHODS, TuningPlan
from mmcore.tuning.space import Space

__all__ = ["PROBLEM", "SECONDS", "Trials", "abandon"]

ASKING = ".asking.lock"
PATIENCE = 4
"""Trials that cannot be trained, before any other, after which the tuning ends."""
PROBLEM, SECONDS = "problem", "seconds"
"""Attributes of a trial."""


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of a plan; its study is read, and its folds are fixed.

    Arguments:
        plan: what is tuned.
        document: content of the study file.
        study: the same, validated.
        spaces: settings by method.
        folds: of the training records.
    """

    plan: TuningPlan
    document: Mapping[str, Any]
    study: StudyConfig
    spaces: Mapping[str, Space]
    folds: Folds

    @classmethod
    def open(cls, plan: TuningPlan) -> "Trials":
        """Read the study of a plan.

        Raises:
            MmcoreError: the study, a method or the data is not valid.
        """
        study = read_config_or_study(plan.file, plan.allow_outside)
        if not isinstance(study, StudyConfig):
            raise MmcoreError(f"'{plan.file}' is the configuration of a run, expected a study file")
        _check_modalities(study)
        catalogue, document = Catalogue.discover(), read_yaml(plan.file)
        by_name = dict(zip(study.modalities, document["modalities"].values(), strict=True))
        document |= {"modalities": by_name}  # a name in the file may be a number
        base = plan.file.parent.resolve()
        first = fit_study(study, base, catalogue, plan.data_dir)
        spaces = {}
        for method in _methods(plan, study):
            chosen = study.model_copy(update={"model": {**study.model, "method": method}})
            fit = fit_study(chosen, base, catalogue, plan.data_dir, records=first.study)
            spaces[method] = Space.of(document, fit, catalogue)
        data = first.config.data.study
        assert data is not None, "a study has one"
        folds = Folds.of(data, first.study, plan.folds, plan.seed, catalogue)
        return cls(plan, document, study, spaces, folds)

    def enqueue_defaults(self) -> None:
        """Let the first trials of a new folder have the settings of a training without tuning."""
        trials = journal(self.plan.out)
        if not trials.get_trials(deepcopy=False):
            for method, space in self.spaces.items():
                trials.enqueue_trial({"method": method, **space.defaults})

    def run(self, deadline: float, console: Console) -> None:
        """Carry out trials, one after the other, until a limit of the plan.

        Arguments:
            deadline: time, see `time.time`, after which no trial begins.
            console: where a line for each trial is printed.

        Raises:
            MmcoreError: the first trials of a folder cannot be trained.
        """
        trials = journal(self.plan.out)
        while time.time() < deadline and (trial := self._next(trials)) is not None:
            problem = self._carry_out(trials, trial)
            ended = trials.get_trials(deepcopy=False)
            if problem and not finished(trials) and _problems(ended) >= PATIENCE:
                raise problem
            console.print(_line(ended[trial.number], finished(trials)))

    def _next(self, trials: Any) -> Any:
        """Return a new trial; None if there are as many as planned, those that were ended not counted."""
        states = optuna().trial.TrialState
        with FileLock(self.plan.out / ASKING):
            every = trials.get_trials(deepcopy=False)
            counted = [t for t in every if t.state not in (states.WAITING, states.FAIL)]
            if self.plan.trials is not None and len(counted) >= self.plan.trials:
                return None
            # A tuning that is continued suggests what one without an interruption does.
            seed = derived_seed("tune", self.plan.seed, len(counted)) % 2**32
            trials.sampler = optuna().samplers.TPESampler(seed=seed)
            return trials.ask()

    def _carry_out(self, trials: Any, trial: Any) -> MmcoreError | None:
        """Compute the error of a trial; return why its settings cannot be trained, if they cannot."""
        began, states = time.perf_counter(), optuna().trial.TrialState
        error, problem = None, None
        try:
            error = self._error(trial)
        except MmcoreError as refused:
            problem = refused
            trial.set_user_attr(PROBLEM, str(refused))
        trial.set_user_attr(SECONDS, round(time.perf_counter() - began, 1))
        if error is None:
            trials.tell(trial, state=states.PRUNED)
        else:
            trials.tell(trial, error)
        return problem

    def _error(self, trial: Any) -> float | None:
        """Return the mean error of the folds; None if the first ones are worse than those of others."""
        space = self.spaces[trial.suggest_categorical("method", list(self.spaces))]
        study = self._filled(space, space.suggested(trial))
        errors: list[float] = []
        for fold in range(self.plan.folds):
            errors.append(self.folds.error(study, fold))
            trial.report(fmean(errors), fold)
            if fold + 1 < self.plan.folds and trial.should_prune():
                return None
        return fmean(errors)

    def _filled(self, space: Space, values: Mapping[str, float]) -> StudyConfig:
        """Return a study with settings; no sample is drawn, so no generation prior is fitted."""
        study = StudyConfig.model_validate(space.filled(self.document, values))
        training = {**study.training, "generation_prior": "standard"}
        trusted = {"allow_outside": self.study.allow_outside, "base": "."}
        return study.model_copy(update={**trusted, "training": training})


def abandon(folder: Path) -> None:
    """End the trials that an earlier process has begun and not finished."""
    trials, states = journal(folder), optuna().trial.TrialState
    for trial in trials.get_trials(deepcopy=False, states=[states.RUNNING]):
        trials.tell(trial.number, state=states.FAIL)


def _methods(plan: TuningPlan, study: StudyConfig) -> list[str]:
    """Return the methods of the plan, else that of the study, else all that are compared."""
    own = study.model.get("method")
    return list(dict.fromkeys(plan.methods or ([own] if own else METHODS)))


def _check_modalities(study: StudyConfig) -> None:
    if len(study.modalities) < 2:
        raise MmcoreError(
            "settings are compared by imputing each modality from the others, and the study has one,"
            f" '{next(iter(study.modalities))}'; split its columns into two modalities"
        )


def _problems(trials: Iterable[Any]) -> int:
    return sum(PROBLEM in trial.user_attrs for trial in trials)


def _line(trial: Any, ranking: Sequence[Any]) -> str:
    result = "stopped early" if trial.value is None else f"error {trial.value:.4f}"
    if PROBLEM in trial.user_attrs:
        result = f"not possible ({trial.user_attrs[PROBLEM]})"
    best = f"; best: {ranking[0].value:.4f} of trial {ranking[0].number}" if ranking else ""
    seconds = trial.user_attrs[SECONDS]
    return f"trial {trial.number}: {trial.params['method']}, {result}, {seconds:.0f} s{best}"
