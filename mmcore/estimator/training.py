"""Training in memory: as `mmcore.runs.training.job`, without a folder."""

from dataclasses import dataclass, replace
from typing import final

from torch import Tensor

from mmcore.data import Data
from mmcore.data.tables import StudyFit
from mmcore.errors import MmcoreError
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.training.setup import TrainingSetup
from mmcore.terminal.printing import Console
from mmcore.training import Report, Tracker
from mmcore.training.console import make_progress
from mmcore.training.guard import NonFinite

__all__ = ["Trained", "train", "train_members"]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model.

    Arguments:
        model: in eval mode, on the CPU.
        steps: number of steps that were done.
        history: metrics of the reports, as in ``metrics.jsonl`` of a run.
        data: the records that were read, split.
    """

    model: Model
    steps: int
    history: list[dict[str, float]]
    data: Data


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


def train_members(
    study: StudyFit, catalogue: Catalogue, console: Console | None, size: int
) -> list[Trained]:
    """Train the members of an ensemble, with successive seeds on the same data; see `train`.

    Raises:
        MmcoreError: ``size`` is less than 1, or a model cannot be trained.
    """
    if size < 1:
        raise MmcoreError(f"ensemble={size}, expected the number of models, at least 1")
    config = study.config
    data = config.data.model_copy(update={"split_seed": config.data_seed})
    seeds = range(config.seed, config.seed + size)
    members = [config.model_copy(update={"seed": seed, "data": data}) for seed in seeds]
    return [train(replace(study, config=member), catalogue, console) for member in members]


def train(study: StudyFit, catalogue: Catalogue, console: Console | None = None) -> Trained:
    """Train a model; the weights are those of ``mmcore train`` with the same configuration and records.

    Arguments:
        study: configuration and records.
        catalogue: where components are found.
        console: where progress is shown; None for no output.

    Raises:
        MmcoreError: the configuration or a record is not valid.
    """
    setup, history = TrainingSetup(study.config, catalogue, study.study), _History()
    best, training = _Best(setup.model), study.config.training

    def validate() -> None:
        loss = setup.validation_loss()
        if loss is not None and setup.state.record(loss):
            best.keep()

    progress = [] if console is None else [make_progress(console, training.steps, 0)]
    try:
        setup.fit([history, *progress], validate=validate)
    except NonFinite as error:
        raise MmcoreError(
            f"the training stopped at step {error.step + 1}, where {setup.cause(error.step)} is not finite;"
            f" decrease learning_rate, which is {training.learning_rate:g}, or correct the data"
        ) from error
    finally:
        for bar in progress:
            bar.close()
    best.restore()
    return Trained(setup.trained(), setup.state.step, history.rows, setup.data)
