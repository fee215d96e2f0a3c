"""The results of a tuning: a table of all trials, and the study with the best settings."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mmcore.errors import MmcoreError
from mmcore.storage.files import atomic, write_text
from mmcore.terminal.escaping import command
from mmcore.tuning.journal import finished, journal
from mmcore.tuning.trials import PROBLEM, SECONDS, Trials

__all__ = ["Results", "write_results"]

STUDY, TABLE = "study.yaml", "trials.csv"


@dataclass(frozen=True, slots=True)
class Results:
    """The results in a folder.

    Arguments:
        table: a row for each trial, the best one first.
        study: the file of the study with the best settings.
        command: the line that trains it.
    """

    table: pd.DataFrame
    study: Path
    command: str


def write_results(trials: Trials) -> Results:
    """Write ``trials.csv`` and ``study.yaml`` to the folder of the trials.

    Raises:
        MmcoreError: no trial has finished.
    """
    plan, study = trials.plan, journal(trials.plan.out)
    ranking = finished(study)
    if not ranking:
        raise MmcoreError(f"no trial in '{plan.out}' has finished; increase --minutes")
    table = _table(study.get_trials(deepcopy=False))
    with atomic(plan.out / TABLE) as temporary:
        table.to_csv(temporary, index=False)
    path = plan.out / STUDY
    options = list(dict.fromkeys([*plan.options, "--allow-outside"]))
    line = command("mmcore", "train", "--config", path, *options)
    write_text(path, f"# {line}\n{_best(trials, ranking[0].params)}")
    return Results(table, path, line)


def _table(every: list[Any]) -> pd.DataFrame:
    """Return the trials as a table, in which each setting has one column for all methods."""
    rows = []
    for trial in every:
        settings = {name.rpartition(".")[2]: value for name, value in trial.params.items()}
        rows.append(
            {
                "trial": trial.number,
                "state": trial.state.name.lower(),
                "error": trial.value,
                **settings,
                SECONDS: trial.user_attrs.get(SECONDS),
                PROBLEM: trial.user_attrs.get(PROBLEM),
            }
        )
    table = pd.DataFrame(rows)
    order = [name for name in table if name not in (SECONDS, PROBLEM)]
    return table[[*order, SECONDS, PROBLEM]].sort_values(["error", "trial"], ignore_index=True)


def _best(trials: Trials, parameters: dict[str, Any]) -> str:
    """Return the study file with the settings of a trial; its paths are relative to the same folder."""
    space = trials.spaces[parameters["method"]]
    document = space.filled(trials.document, space.values(parameters))
    base = trials.folds.splits[0].paths.base
    first = {"base": Path(os.path.relpath(base, trials.plan.out.resolve())).as_posix()}
    return yaml.safe_dump(
        {**first, **{k: v for k, v in document.items() if k != "base"}},
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=110,
    )
