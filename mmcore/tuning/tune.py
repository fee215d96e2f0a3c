"""Tuning of the settings of a study, in a folder in which it can be continued."""

from mmcore.runs.folder.lock import locked
from mmcore.terminal.escaping import command
from mmcore.terminal.printing import Console
from mmcore.terminal.signals import Interrupted
from mmcore.tuning.journal import finished, journal, optuna
from mmcore.tuning.plan import TuningPlan, begin
from mmcore.tuning.processes import run_trials
from mmcore.tuning.results import Results, write_results
from mmcore.tuning.trials import Trials, abandon

__all__ = ["tune"]


def tune(plan: TuningPlan, console: Console) -> Results:
    """Search the settings with which the modalities of a study are imputed best from each other.

    The error is that of cross-validation over the training records; the test records are not used. A
    folder that has trials of the same study is continued.

    Arguments:
        plan: the study and the limits.
        console: where a line for each trial is printed.

    Raises:
        MmcoreError: the study cannot be trained, optuna is not installed, or the folder has something else.
        Interrupted: a signal has ended the tuning; the results so far are written.
    """
    optuna()
    trials = Trials.open(plan)
    begin(plan, trials.study, trials.folds.splits[0].paths.base, tuple(trials.spaces))
    with locked(plan.out):
        abandon(plan.out)
        trials.enqueue_defaults()
        try:
            run_trials(trials, console)
        except Interrupted as end:
            abandon(plan.out)
            if finished(journal(plan.out)):
                write_results(trials)
            raise Interrupted(end.number, f"continue with\n{command(*plan.words)}") from None
        return write_results(trials)
