"""Training a model in the folder of a run: data, model, training, summary."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from mmcore.config import RunConfig
from mmcore.plugins import Catalogue
from mmcore.runs.folder.declared import StudyRecord
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.lock import locked
from mmcore.runs.folder.provenance import provenance
from mmcore.runs.run import Run
from mmcore.runs.training.continuation import resume_command
from mmcore.runs.training.restoring import Restored, restore
from mmcore.runs.training.setup import TrainingSetup
from mmcore.runs.training.stopped import Stopped, stopped
from mmcore.runs.training.summary import summarize
from mmcore.storage.schemas import write_document
from mmcore.storage.versions import RUN
from mmcore.terminal.printing import Console
from mmcore.terminal.signals import Interrupted, postponed
from mmcore.training import Tracker
from mmcore.training.checkpoint import Origin, load_best, save_best, save_checkpoint
from mmcore.training.console import make_progress
from mmcore.training.engine import is_restarted, largest_of_processes
from mmcore.training.finite import is_finite
from mmcore.training.guard import NonFinite
from mmcore.training.trackers import TrackerGroup

if TYPE_CHECKING:
    from mmcore.data.tables import StudyRecords

__all__ = ["TrainingJob", "run"]


def run(
    config: RunConfig,
    folder: RunFolder,
    *,
    catalogue: Catalogue | None = None,
    console: Console | None = None,
    notes: Sequence[str] = (),
    processes: int | None = 1,
) -> Run:
    """Train a model in a new folder.

    Arguments:
        config: of the run.
        folder: of the run.
        catalogue: where components are found; the installed plug-ins if left out.
        console: where progress is shown.
        notes: remarks on the configuration, which are printed.
        processes: on the cores of this machine; None to choose their number.

    Raises:
        MmcoreError: the configuration or the data is not valid, or the folder has a run; nothing is
            written then.
    """
    catalogue, console = catalogue or Catalogue.discover(), console or Console()
    job = TrainingJob(config, folder, catalogue, console, notes=notes, processes=processes)
    return job.start()


class TrainingJob:
    """The training of a model; invalid configuration and data raise errors before a file is written.

    Arguments:
        config: of the run.
        folder: of the run.
        catalogue: where components are found.
        console: where progress is shown.
        study: records of the configuration's study that are open already.
        notes: remarks on the configuration.
        processes: on the cores of this machine; None to choose their number.
        declared: the study file from which the configuration is made.

    Raises:
        MmcoreError: the configuration or the data is not valid.
    """

    def __init__(
        self,
        config: RunConfig,
        folder: RunFolder,
        catalogue: Catalogue,
        console: Console,
        study: "StudyRecords | None" = None,
        notes: Sequence[str] = (),
        processes: int | None = 1,
        declared: StudyRecord | None = None,
    ) -> None:
        self.config, self.folder, self._declared = config, folder, declared
        self.catalogue, self.console = catalogue, console
        self.setup = TrainingSetup(config, catalogue, study)
        self.model, self.data, self.state = self.setup.model, self.setup.data, self.setup.state
        self.computation = self.setup.computation(processes)
        self._chosen = processes not in (None, 1)
        self.restored = Restored(Origin())
        self.trackers = TrackerGroup.of(config.training, self.model.context, self._warn)
        if self.fabric.is_global_zero:
            self._announce(notes)

    @property
    def fabric(self) -> Any:
        """The engine, with the rank of this process."""
        return self.setup.fabric

    def start(self) -> Run:
        """Write the configuration to a new folder, and train.

        Raises:
            MmcoreError: the folder has a run, or another process uses it.
        """
        origins = dict(self.model.context.catalogue.loaded)
        self.config = self.config.model_copy(update={"plugins": origins})
        begins = self.fabric.is_global_zero and not self._continues()
        if begins:
            self.folder.check_is_new()
        self.folder.path.mkdir(parents=True, exist_ok=True)
        with locked(self.folder.path):
            if begins:
                self.folder.begin(self.config, self._declared)
            self.fabric.barrier()
            self.restore()
            return self.carry_out()

    def restore(self, accept_changed_data: bool = False) -> None:
        """Load the newest checkpoint; see `mmcore.runs.training.restoring.restore`."""
        self.restored = restore(
            self.folder,
            self.model,
            self.state,
            self.data,
            accept_changed_data=accept_changed_data,
        )
        for note in self.restored.notes:
            self._note(note)

    def _continues(self) -> bool:
        """Return whether torchrun has started this run again, after a process of it failed."""
        if not is_restarted() or not self.folder.config.is_file():
            return False
        earlier = read_config(self.folder.config, allow_outside=True)
        return earlier.model_dump(mode="json") == self.config.model_dump(mode="json")

    def carry_out(self) -> Run:
        """Train from the newest checkpoint on, save the model, and return the run.

        Raises:
            Interrupted: a signal has ended the training; a checkpoint is written.
            TrainingStopped: a number was not finite; the run has a model.
        """
        try:
            return self._carried_out()
        except Interrupted as end:
            processes = self.computation.processes if self._chosen else None
            resume = resume_command(self.folder.path, self.config, processes)
            raise Interrupted(end.number, f"continue with\n{resume}") from None

    def _carried_out(self) -> Run:
        started = perf_counter()
        try:
            stop = self._train()
            self._load_best()
            if self.fabric.is_global_zero:
                self._finish(started, stop)
        finally:
            self.trackers.close()
        self.fabric.barrier()
        if stop is not None:
            raise stop.error(self.folder.path)
        return Run(self.folder, self.config, self.catalogue, self.model.eval())

    def _save(self) -> None:
        if not is_finite(self.model, self.state.optimizer.state_dict()):
            raise NonFinite(self.state.step - 1)
        if self.fabric.is_global_zero:
            origin = self.restored.origin
            save_checkpoint(self.folder.checkpoints, self.model, self.state, origin)

    def _note(self, sentence: str) -> None:
        if not self.fabric.is_global_zero:
            return
        self.console.print(f"note: {sentence}")

    def _finish(self, started: float, stop: Stopped | None) -> None:
        folder = self.folder
        trained = self.setup.trained()
        if trained.fitted_prior is not None:
            self._note(f"generation prior: {trained.fitted_prior.description}")
        if trained.regression is not None:
            self._note(
                f"weight of the regression in imputed numbers: {trained.regression.description}"
            )
        if self.setup.noise_factors:
            factors = ", ".join(f"{name} {x:g}" for name, x in self.setup.noise_factors.items())
            self._note(
                f"factor of the noise with which 90 % intervals cover 90 % of the numbers of"
                f" the validation samples: {factors}"
            )
        trained.save_pretrained(folder.model)
        summary = summarize(self.model, self.data, folder, self.console)
        summary |= {} if stop is None else {"stopped": asdict(stop)}
        for path in sorted(folder.figures.glob("*.png")):
            self.trackers.figure(path.stem, path)
        self._record(round(perf_counter() - started, 1))
        folder.finish(summary)

    def _load_best(self) -> None:
        state = self.state
        if state.validation is None:
            return
        self.fabric.barrier()
        load_best(self.folder.checkpoints, self.model)
        if self.fabric.is_global_zero:
            self._note(
                f"after {state.step} steps the run keeps the weights of step"
                f" {state.validation.best_step}, which have the lowest loss on the"
                f" {len(self.setup.validation or ())} validation samples"
            )

    def _validate(self) -> None:
        state = self.state
        loss = self.setup.validation_loss()
        if loss is None:
            return
        if not math.isfinite(loss) and self.fabric.is_global_zero:
            self._warn(
                f"the validation loss after step {state.step} is not finite; it does not count"
            )
        if state.record(loss) and self.fabric.is_global_zero:
            save_best(self.folder.checkpoints, self.model)

    def _train(self) -> Stopped | None:
        if self.fabric.is_global_zero:
            self._record(None)
        try:
            with postponed() as signal:
                count = self.computation.processes
                self.setup.in_processes(count, partial(self._fit, signal))
                if self.state.ended_by:
                    self.fabric.barrier()  # a process that exits ends the others
                    raise Interrupted(self.state.ended_by)
        except NonFinite as error:
            cause, run = self.setup.cause(error.step), self.restored.origin.run
            return stopped(self.folder, self.model, self.state, run, error.step + 1, cause)
        return None

    def _fit(self, signal: Callable[[], int]) -> None:
        """Train in this process, which may be one of several; the first one reports and saves."""
        self.state.signal = largest_of_processes(self.fabric, signal)
        trackers: list[Tracker] = []
        step = self.state.step
        if self.fabric.is_global_zero:
            self.trackers.start(self.folder.path, self.config, step)
            steps = self.config.training.steps
            trackers = [self.trackers, make_progress(self.console, steps, step)]
        try:
            self.setup.fit(trackers, save=self._save, validate=self._validate)
        finally:
            self.state.signal = signal  # without the connection, which ends
            for progress in trackers[1:]:
                progress.close()

    def _warn(self, sentence: str) -> None:
        self.console.print(f"warning: {sentence}", "yellow")

    def _announce(self, remarks: Sequence[str]) -> None:
        self.console.print(f"data: {self.data.kind}")
        self.console.print(f"computation: {self.computation}")
        notes = [*remarks, *self.data.notes]
        if not self.model.is_lower_bound:
            caveat = self.model.caveat
            notes.append(f"the loss is a weighted objective, no bound on -log p(X): {caveat}")
        for note in notes:
            self._note(note)

    def _record(self, seconds: float | None) -> None:
        record = provenance(self.config, self.catalogue, self.data, self.computation)
        own = {
            "format": RUN.newest,
            "fingerprint": self.restored.origin.data.model_dump(mode="json"),
            "accepted_changes": list(self.restored.accepted),
            "duration_seconds": seconds,
        }
        write_document(self.folder.record, {**record, **own})
