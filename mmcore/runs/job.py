"""Carrying out a run: data, model, training, summary."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console

from mmcore.config import RunConfig
from mmcore.data import Dataset, OpenedData, SampleOrder, Source, held_apart, open_data
from mmcore.data.tables import open_study
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue, Context
from mmcore.runs.folder import RunFolder, read_config
from mmcore.runs.provenance import provenance
from mmcore.runs.summary import summarise
from mmcore.training import TrainingState, fit, make_fabric
from mmcore.training.checkpoint import load_best, load_latest, save_best, save_checkpoint
from mmcore.training.console import make_screen
from mmcore.training.engine import resolved_precision
from mmcore.training.step import TrainStep
from mmcore.training.trackers import MetricsFile, Observer, TensorBoard
from mmcore.training.validation import held_out_loss

__all__ = ["RunResult", "data_of", "resume", "run"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run leaves behind.

    Arguments:
        model: the trained model, in eval mode.
        folder: the run's files.
        summary: what ``summary.json`` holds.
    """

    model: Model
    folder: Path
    summary: dict[str, Any]


def run(
    config: RunConfig,
    folder: RunFolder,
    *,
    catalogue: Catalogue | None = None,
    console: Console | None = None,
) -> RunResult:
    """Carry out a new run in ``folder``.

    Raises:
        MmcoreError: the configuration, the data or the folder does not fit; nothing is written then.
    """
    catalogue = catalogue or Catalogue.discover()
    prepared = _Prepared(config, catalogue, console or Console())
    if prepared.fabric.is_global_zero:
        folder.begin(config.model_copy(update={"plugins": prepared.model.origins}))
    prepared.fabric.barrier()
    return prepared.carry_out(folder)


def resume(
    path: Path, *, catalogue: Catalogue | None = None, console: Console | None = None
) -> RunResult:
    """Go on with an interrupted run where its newest checkpoint stands, or from the start.

    Raises:
        MmcoreError: there is no run, or it is finished.
    """
    folder = RunFolder(path)
    if not folder.config.is_file():
        raise MmcoreError(f"'{path}' holds no run; expected a folder with config.yaml in it")
    if folder.is_finished:
        raise MmcoreError(f"the run in '{path}' is finished; see {folder.summary}")
    catalogue = catalogue or Catalogue.discover()
    return _Prepared(read_config(folder.config), catalogue, console or Console()).carry_out(folder)


class _Prepared:
    """Everything that can be refused, made before anything is written."""

    def __init__(self, config: RunConfig, catalogue: Catalogue, console: Console) -> None:
        self.config, self.catalogue, self.console = config, catalogue, console
        traced = Catalogue(catalogue.records, config.plugins)
        self.model = Model.from_config(config.model, seed=config.seed, catalogue=traced)
        self.fabric = make_fabric(config.training)
        # What a modality stores of the data may take its network, which belongs on the device.
        self.model.to(self.fabric.device)
        self.data = data_of(config, catalogue, self.model)
        self.train: Source = self.data.train
        self.held_out: Source | None = None
        if config.training.validation is not None:
            share = config.training.validation.share
            self.train, self.held_out = held_apart(self.data.train, share, config.seed)
        if self.fabric.is_global_zero:
            self._announce()

    def carry_out(self, folder: RunFolder) -> RunResult:
        started = perf_counter()
        state = TrainingState.start(self.model, self.config.training)
        for remark in load_latest(folder.checkpoints, self.model, state):
            self.console.print(f"note: {remark}", highlight=False)
        self._train(folder, state)
        self._keep_the_best(folder, state)
        summary: dict[str, Any] = {}
        if self.fabric.is_global_zero:
            self.model.eval().to("cpu")
            self.model.save_pretrained(folder.model)
            summary = summarise(self.model, self.data, folder, self.console)
            self._record(folder, round(perf_counter() - started, 1))
            folder.write_json(folder.summary, summary)
        self.fabric.barrier()
        return RunResult(self.model.eval(), folder.path, summary)

    def _keep_the_best(self, folder: RunFolder, state: TrainingState) -> None:
        if state.look is None:
            return
        self.fabric.barrier()
        load_best(folder.checkpoints, self.model)
        if self.fabric.is_global_zero:
            self.console.print(
                f"note: after {state.step} steps the weights of step {state.look.best_step} are kept, whose"
                f" loss on {len(self.held_out or ())} held-out training samples is least",
                highlight=False,
                soft_wrap=True,
            )

    def _look(self, folder: RunFolder, state: TrainingState) -> None:
        if self.held_out is None:
            return
        loss = held_out_loss(self.model, self.held_out, self.config.seed, self.fabric)
        if state.take(loss) and self.fabric.is_global_zero:
            save_best(folder.checkpoints, self.model)

    def _train(self, folder: RunFolder, state: TrainingState) -> None:
        main, training = self.fabric.is_global_zero, self.config.training
        if main:
            self._record(folder, None)
        place = {"rank": self.fabric.global_rank, "world": self.fabric.world_size}
        rows, seed = training.batch_size, self.config.seed
        step = TrainStep(self.model, steps=training.steps, rows=rows, seed=seed, **place)
        order = SampleOrder(len(self.train), rows, seed, **place)
        observers = self._observers(folder, state.step) if main else []
        try:
            fit(
                step,
                self.train,
                order,
                state,
                training,
                self.fabric,
                observers,
                lambda: save_checkpoint(folder.checkpoints, self.model, state) if main else None,
                lambda: self._look(folder, state),
            )
        finally:
            for observer in observers:
                observer.close()

    def _observers(self, folder: RunFolder, step: int) -> list[Observer]:
        return [
            MetricsFile(folder.metrics, step),
            TensorBoard(folder.events, step),
            make_screen(self.console, self.config.training.steps, step),
        ]

    def _announce(self) -> None:
        self.console.print(f"data: {self.data.kind}", highlight=False)
        told = list(self.data.notes)
        if not self.model.is_lower_bound:
            told.append(
                f"the loss is a weighted objective, no bound on -log p(X): {self.model.caveat}"
            )
        for note in told:
            self.console.print(f"note: {note}", highlight=False, soft_wrap=True)

    def _record(self, folder: RunFolder, seconds: float | None) -> None:
        precision = resolved_precision(self.config.training)
        record = provenance(
            self.config, self.catalogue, self.data, precision, self.fabric.world_size
        )
        folder.write_json(folder.record, {**record, "duration_seconds": seconds})


def data_of(config: RunConfig, catalogue: Catalogue, model: Model) -> OpenedData:
    """Return the data of a run as its model stores it: records of a study, or what modalities bring.

    Raises:
        MmcoreError: a modality brings none, or the data cannot be read.
    """
    if config.data.study is not None:
        modalities = config.model.modalities
        return open_study(config.data, modalities, catalogue, config.seed, model.codec.stored)
    datasets = _datasets(config, catalogue)
    return open_data(datasets, config.data, config.seed, model.codec.stored)


def _datasets(config: RunConfig, catalogue: Catalogue) -> dict[str, Dataset]:
    datasets = {}
    for name, modality in config.model.modalities.items():
        made = catalogue.dataset(modality.kind)
        if made is None:
            raise MmcoreError(
                f"modality '{modality.kind}' brings no data; it needs a study file, see mmcore data init"
            )
        settings = catalogue.settings("modality", modality.kind, modality.settings)
        datasets[name] = made(settings, Context(name=name, catalogue=catalogue))
    return datasets
