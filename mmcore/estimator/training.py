"""Training in memory: as `mmcore.runs.job`, without a folder."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from mmcore.data import SampleOrder, open_data, split_off
from mmcore.data.tables import StudyFit
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.printing import Console
from mmcore.training import Report, Tracker, TrainingState, fit, make_fabric
from mmcore.training.console import make_progress
from mmcore.training.diagnosis import diagnosis
from mmcore.training.engine import scaler_of
from mmcore.training.guard import NonFinite
from mmcore.training.step import TrainStep
from mmcore.training.validation import validation_loss

__all__ = ["Trained", "train"]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model.

    Arguments:
        model: in eval mode, on the CPU.
        steps: number of steps that were done.
        history: metrics of the reports, as in ``metrics.jsonl`` of a run.
        notes: remarks on how the records were read.
    """

    model: Model
    steps: int
    history: list[dict[str, float]]
    notes: list[str]


@final
class _History(Tracker):
    """Keeps the reports in memory."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def log(self, report: Report) -> None:
        self.rows.append(report.row)


@final
class _Best:
    """Keeps the weights with the lowest validation loss in memory."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._weights: dict[str, Tensor] = {}

    def keep(self) -> None:
        self._weights = {name: w.clone() for name, w in self._model.state_dict().items()}

    def restore(self) -> None:
        if self._weights:
            self._model.load_state_dict(self._weights)


def train(study: StudyFit, catalogue: Catalogue, console: Console | None = None) -> Trained:
    """Train a model; the weights are those of ``mmcore train`` with the same configuration and records.

    Arguments:
        study: configuration and records.
        catalogue: where components are found.
        console: where progress is shown; None for no output.

    Raises:
        MmcoreError: the configuration or a record is not valid.
    """
    config, training, seed = study.config, study.config.training, study.config.seed
    model = Model.from_config(config.model, seed=seed, catalogue=catalogue)
    fabric = make_fabric(training)
    model.to(fabric.device)
    data = open_data(
        config.data,
        config.model.modalities,
        catalogue,
        seed,
        model.codec.stored,
        study=study.study,
    )
    model = fabric.strategy.precision.convert_module(model)
    source, held_out = data.training_source, None
    if training.validation is not None:
        source, held_out = split_off(source, training.validation.share, seed)
    state, best, history = TrainingState.start(model, training), _Best(model), _History()
    state.scaler = scaler_of(fabric)

    def validate() -> None:
        if held_out is not None and state.record(validation_loss(model, held_out, seed, fabric)):
            best.keep()

    progress = [] if console is None else [make_progress(console, training.steps, 0)]
    step = TrainStep(model, steps=training.steps, rows=training.batch_size, seed=seed)
    order = SampleOrder(len(source), training.batch_size, seed)
    try:
        fit(
            step,
            source,
            order,
            state,
            training,
            fabric,
            [history, *progress],
            validate=validate,
        )
    except NonFinite as error:
        cause = diagnosis(step, source, order, error.step, fabric)
        raise MmcoreError(
            f"the training stopped at step {error.step + 1}, where {cause} is not finite; decrease"
            f" learning_rate, which is {training.learning_rate:g}, or correct the data"
        ) from error
    finally:
        for bar in progress:
            bar.close()
    best.restore()
    if training.precision == "64-true":
        model.float()
    return Trained(model.eval().to("cpu"), state.step, history.rows, data.notes)
