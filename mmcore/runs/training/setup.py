"""The parts of a training that need no folder: model, data, state, and the call of the loop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, final

import torch

from mmcore.config import RunConfig
from mmcore.data import BlockShuffle, SampleOrder, Source, open_data, split_off
from mmcore.inference.prediction.masked_rows import fitted_rows
from mmcore.inference.prediction.mixed_noise import fit_mixed_noise
from mmcore.inference.prediction.noise_factors import fit_noise_factors
from mmcore.inference.prediction.stacking import fit_regression, refitted
from mmcore.inference.representation.generation_prior import fit_generation_prior
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training.compiling import check_compiler, compiled
from mmcore.training.computation import Computation, automatic_processes, check_processes
from mmcore.training.diagnosis import diagnosis
from mmcore.training.engine import check_memory, resolved_precision, scaler_of
from mmcore.training.guard import NonFinite
from mmcore.training.processes import Place, forked
from mmcore.training.residence import resident
from mmcore.training.step import TrainStep
from mmcore.training.validation import validation_loss

if TYPE_CHECKING:
    from mmcore.data.tables import StudyRecords

__all__ = ["TrainingSetup"]

BLOCK, MIXED = 1 << 20, 256
"""Bytes of a block of samples that are read together, and blocks whose samples are shuffled together."""


@final
class TrainingSetup:
    """Model, data and state of a training, in this process; the weights depend on nothing else.

    Arguments:
        config: of the run.
        catalogue: where components are found.
        study: records of the configuration's study that are open already.

    Raises:
        MmcoreError: the configuration or the data is not valid.
    """

    def __init__(
        self, config: RunConfig, catalogue: Catalogue, study: "StudyRecords | None" = None
    ) -> None:
        self.config, training, seed = config, config.training, config.seed
        traced = Catalogue(catalogue.records, config.plugins)
        model = Model.from_config(config.model, seed=seed, catalogue=traced)
        self.fabric = make_fabric(training)
        check_memory(training, self.fabric.world_size, model)
        # A modality may run its network over the data to store it, which belongs on the device.
        model.to(self.fabric.device)
        modalities, stored = config.model.modalities, model.codec.stored
        data = open_data(config.data, modalities, catalogue, config.data_seed, stored, study=study)
        self.data = data.without_records()
        # Before a checkpoint is read, whose digits of double precision would be lost.
        self.model: Model = self.fabric.strategy.precision.convert_module(model)
        self.source: Source = self.data.training_source
        self.validation: Source | None = None
        if training.validation is not None:
            self.source, self.validation = split_off(self.source, training.validation.share, seed)
        self.noise_factors: dict[str, float] = {}
        self._begin()
        self.state = TrainingState.start(self.model, training)
        self.state.scaler = scaler_of(self.fabric)

    def computation(self, processes: int | None) -> Computation:
        """Return how the training is computed.

        Arguments:
            processes: number of processes on this machine; None to choose it, see `automatic_processes`.

        Raises:
            MmcoreError: the training cannot use that number.
        """
        training = self.config.training
        if processes is None:
            processes = automatic_processes(self._step(), self.source, self._order(), training)
        check_processes(processes, training, self.fabric.device)
        threads = torch.get_num_threads() if processes == 1 else 1
        count = max(processes, self.fabric.world_size)
        if training.compile == "on":
            check_compiler()
        return Computation(resolved_precision(training), count, threads, training.compile == "on")

    def in_processes(self, count: int, fit: Callable[[], None]) -> None:
        """Call ``fit`` in this process, and in copies of it that end afterwards.

        Arguments:
            count: number of processes; no copies are needed if this one is one of as many already.
            fit: a function that calls the method `fit`.

        Raises:
            MmcoreError: a copy has failed.
        """
        if count == self.fabric.world_size:
            fit()
            return

        def follow(place: Place) -> None:
            with self._at(place), suppress(NonFinite):  # which this process reports
                fit()

        with forked(count, follow) as place, self._at(place):
            fit()

    @contextmanager
    def _at(self, place: Place) -> Iterator[None]:
        alone, self.fabric = self.fabric, make_fabric(self.config.training, place)
        try:
            yield
        finally:
            self.fabric = alone

    def fit(
        self,
        trackers: Sequence[Tracker],
        *,
        save: Callable[[], None] = lambda: None,
        validate: Callable[[], None] = lambda: None,
    ) -> None:
        """Train until the state is over; see `mmcore.training.fit`.

        Raises:
            NonFinite: a number is not finite, and the configuration or a limit ends the training.
        """
        step, order = self._step(), self._order()
        if self.state.step == 0 and self.model.inference.start_rows:
            validate()  # the start may be the best model
        with compiled(self.model) if self.config.training.compile == "on" else nullcontext():
            fit(
                step,
                resident(self.source, self.fabric.device),
                order,
                self.state,
                self.config.training,
                self.fabric,
                trackers,
                save,
                validate,
            )

    def validation_loss(self) -> float | None:
        """Return the validation loss of the weights; None without validation samples."""
        if self.validation is None:
            return None
        return validation_loss(self.model, self.validation, self.config.seed, self.fabric)

    def cause(self, step: int) -> str:
        """Return which number of step ``step`` is not finite, as a part of a sentence."""
        return diagnosis(self._step(), self.source, self._order(), step, self.fabric)

    def trained(self) -> Model:
        """Return the model in eval mode, in float32, on the CPU, with its regression and generation prior.

        The prior is fitted to a tenth as many samples as the training has read, so that it takes a small
        share of the time, and at most to 10,000.
        """
        training, model = self.config.training, self.model.eval().to("cpu")
        if training.precision == "64-true":
            model = model.float()
        if self.validation is not None:
            self.noise_factors = fit_noise_factors(model, self.validation, self.config.seed)
        if training.regression:
            self._fit_regression(model)
        model.fitted_prior = fit_generation_prior(
            model,
            self.source,
            training.generation_prior,
            training.generation_prior_options,
            rows=self.state.step * training.batch_size // 10,
            seed=self.config.seed,
        )
        return model

    def _fit_regression(self, model: Model) -> None:
        sources = [own for own in (self.source, self.validation) if own is not None]
        rows, seed = fitted_rows(model, sources, self.config.seed), self.config.seed
        if rows is None:
            return
        model.regression = fit_regression(model, rows, seed)
        if self.validation is not None:
            noise = fit_mixed_noise(model, rows, seed)
            self.noise_factors |= noise
            model.regression = refitted(model.regression.with_noise(noise), rows)

    def _begin(self) -> None:
        """Set the first parameters from training samples, if the inference of the model does so."""
        most = min(len(self.source), self.model.inference.start_rows)
        if most:
            noise = Noise(len(self.source), self.config.seed)
            rows = noise.uniform("start").argsort()[:most].sort().values
            self.model.inference.start(self.source.fetch(rows, noise.at("start").resized(most)))

    def _step(self) -> TrainStep:
        training, seed = self.config.training, self.config.seed
        rank, world = self.fabric.global_rank, self.fabric.world_size
        rows, steps = training.batch_size, training.steps
        return TrainStep(self.model, steps=steps, rows=rows, seed=seed, rank=rank, world=world)

    def _order(self) -> SampleOrder:
        rank, world = self.fabric.global_rank, self.fabric.world_size
        rows, seed, samples = self.config.training.batch_size, self.config.seed, len(self.source)
        if self.config.training.order == "random":
            return SampleOrder(samples, rows, seed, rank=rank, world=world)
        positions, codec = self.source.positions(), self.model.codec
        size = 4 * sum(codec[name].event_shape.numel() for name in self.model.names)
        shuffle = BlockShuffle(
            torch.arange(samples) if positions is None else positions,
            block=max(1, BLOCK // size),
            mixed=MIXED,
        )
        return SampleOrder(samples, rows, seed, rank=rank, world=world, shuffle=shuffle)
