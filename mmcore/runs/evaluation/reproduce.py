"""Reproduce a published experiment: train, evaluate, and print the tables side by side."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mmcore.config import RunConfig
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue, Context
from mmcore.plugins.configured import check_components
from mmcore.reporting.experiment import Experiment
from mmcore.reporting.reproduction import reproduction_page
from mmcore.reporting.results import Result, Results
from mmcore.runs.evaluation.evaluate import evaluate, resolved
from mmcore.runs.evaluation.plan import Plan, chosen_models, measured_as, with_others
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.run import Run
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume
from mmcore.storage.files import write_text
from mmcore.terminal.escaping import command
from mmcore.terminal.printing import Console

__all__ = ["PAGE", "Plan", "reproduce"]

PAGE = "RESULTS.md"


def reproduce(
    plan: Plan, *, catalogue: Catalogue | None = None, console: Console | None = None
) -> Path:
    """Train and evaluate the models that are not finished, write the page, and return its path.

    A finished model is not trained again, an interrupted one continues from its checkpoint, and a metric
    is not measured twice. Several processes may work in one folder: each takes models that no other
    process works on. The page is written after every model, from all finished models.

    Raises:
        MmcoreError: an unknown name, a wrong value, or a folder with runs of other settings.
    """
    return _Reproduction(plan, catalogue or Catalogue.discover(), console or Console()).carry_out()


class _Reproduction:
    """The reproduction of an experiment; all settings are checked before a model is trained."""

    def __init__(self, plan: Plan, catalogue: Catalogue, console: Console) -> None:
        self.plan, self.catalogue, self.console = plan, catalogue, console
        published: Experiment = Context(catalogue=catalogue).make("experiment", plan.name, {})
        self.experiment = with_others(published, plan, catalogue)
        self.models = chosen_models(self.experiment, plan)
        self.settings = resolved(measured_as(self.experiment, plan.settings), "cpu")
        if not 0 < plan.budget <= 1:
            raise MmcoreError(
                f"--budget is {plan.budget:g}, expected a share of the published training samples"
                " above 0 and up to 1, such as 0.01"
            )
        if not plan.seeds:
            raise MmcoreError("--seeds is empty; expected whole numbers such as 0,1,2")
        for model in self.models:
            for seed in plan.seeds:
                config = self._config(model, seed)
                check_components(config, catalogue)
                _check_same(self._folder(model, seed), config)

    def carry_out(self) -> Path:
        page = self._write()
        for seed in self.plan.seeds:
            for model in self.models:
                self._one(model, seed)
                page = self._write()
        self.console.print(f"written: {page}")
        return page

    def _one(self, model: str, seed: int) -> None:
        folder = self._folder(model, seed)
        title = f"{self.experiment.models[model].title}, seed {seed}"
        self.console.rule(f"{title}: {folder.path}")
        self.plan.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.plan.out / f".{folder.path.name}.lock", timeout=0):
                self._train(folder, self._config(model, seed))
                evaluate(
                    folder.path,
                    self.settings,
                    self.experiment.metrics,
                    data_dir=self.plan.choices.get("data_dir"),
                    catalogue=self.catalogue,
                    console=self.console,
                )
        except Timeout:
            self.console.print(f"{title} is left to the process that works on it")

    def _train(self, folder: RunFolder, config: RunConfig) -> None:
        if folder.is_finished:
            self.console.print("trained already")
        elif folder.config.is_file():
            resume(folder.path, catalogue=self.catalogue, console=self.console)
        else:
            run(config, folder, catalogue=self.catalogue, console=self.console)

    def _folder(self, model: str, seed: int) -> RunFolder:
        return RunFolder(self.plan.out / f"{model}-seed-{seed}")

    def _config(self, model: str, seed: int) -> RunConfig:
        experiment, plan = self.experiment, self.plan
        choices = {**experiment.choices, **experiment.models[model].choices, **plan.choices}
        config = assemble(experiment.modalities, {**choices, "seed": seed})
        if "steps" in plan.choices:
            return config
        steps = max(1, round(plan.budget * experiment.samples / config.training.batch_size))
        return config.model_copy(
            update={"training": config.training.model_copy(update={"steps": steps})}
        )

    # -- the page --------------------------------------------------------------------------------

    def _write(self) -> Path:
        notes: list[str] = []
        results = Results(list(self._results(notes)))
        page = self.plan.page or self.plan.out / PAGE
        page.parent.mkdir(parents=True, exist_ok=True)
        self.plan.out.mkdir(parents=True, exist_ok=True)
        text = reproduction_page(
            self.experiment,
            results,
            command=self._command(results),
            date=date.today().isoformat(),
            settings={
                name: str(value)
                for name, value in self.plan.choices.items()
                if name not in ("data", "data_dir")
            },
            notes=notes,
        )
        with FileLock(self.plan.out / ".page.lock"):
            write_text(page, text)
        return page

    def _results(self, notes: list[str]) -> Iterator[Result]:
        """Yield the finished results of all models, and add a note for each one that is left out."""
        first: Result | None = None
        for model in self.experiment.models:
            for path in sorted(self.plan.out.glob(f"{model}-seed-*")):
                result = self._result(model, RunFolder(path), notes)
                if result is None:
                    continue
                first = first or result
                if _measured_on(result) == _measured_on(first):
                    yield result
                else:
                    notes.append(f"'{path.name}' is left out: it has other data than the others")

    def _result(self, model: str, folder: RunFolder, notes: list[str]) -> Result | None:
        seed = folder.path.name.rpartition("-")[2]
        if not folder.is_finished or not folder.evaluation.is_file() or not seed.isdigit():
            return None
        finished = Run.open(folder.path, self.catalogue)
        evaluation = finished.evaluation
        assert evaluation is not None, "its file exists"
        difference = _difference(finished.config, self._config(model, int(seed)))
        if evaluation.settings != self.settings:
            difference = difference or "it was measured with other settings"
        if difference:
            notes.append(f"'{folder.path.name}' is left out: {difference}")
            return None
        return Result(model, int(seed), evaluation, finished.record)

    def _command(self, results: Results) -> str:
        plan = self.plan
        seeds = sorted({run.seed for run in results.runs} | set(plan.seeds))
        parts = ["uv", "run", "mmcore", "reproduce", plan.name, "--budget", f"{plan.budget:g}"]
        parts += ["--seeds", ",".join(map(str, seeds))]
        if results.runs and all(run.record.data != "sample" for run in results.runs):
            parts += ["--data", "real", "--data-dir", "DATA"]
        changed = plan.settings.model_dump(exclude_defaults=True, exclude={"options"})
        changed |= {
            name: v for chosen in plan.settings.options.values() for name, v in chosen.items()
        }
        for name, value in changed.items():
            parts += [f"--{name.replace('_', '-')}", value]
        named = ("data", "data_dir")
        for name, value in plan.choices.items():
            if name not in named:
                parts += ["--set", f"{name}={json.dumps(value)}"]
        return command(*parts)


def _check_same(folder: RunFolder, config: RunConfig) -> None:
    """Check that a run in the folder, if there is one, has this configuration."""
    if not folder.config.is_file():
        return
    difference = _difference(read_config(folder.config), config)
    if difference:
        raise MmcoreError(
            f"'{folder.path}' holds a run of other settings: {difference}; choose another folder with --out"
        )


def _difference(run: RunConfig, wanted: RunConfig) -> str:
    """Return the first setting that differs; the folder of the data is not compared."""
    left, right = _settings(run), _settings(wanted)
    for name, value in right.items():
        if left[name] != value:
            return f"{name} is {left[name]}, not {value}"
    return ""


def _settings(config: RunConfig) -> dict[str, Any]:
    every = {**dict(config.training), **dict(config.model), **dict(config.data)}
    chosen = {name: value for name, value in every.items() if name not in ("mode", "dir")}
    return {**chosen, "seed": config.seed}


def _measured_on(result: Result) -> tuple[object, ...]:
    return result.record.data, result.record.data_items
