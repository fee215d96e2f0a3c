"""The plan of a tuning, and its record in the folder of the trials."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from mmcore.config.base import Frozen
from mmcore.config.study import StudyConfig
from mmcore.errors import MmcoreError
from mmcore.storage.schemas import read_document, write_document

__all__ = ["METHODS", "TuningPlan", "begin"]

METHODS = ("mmjsd", "factors")
FILE = "tuning.json"


@dataclass(frozen=True, slots=True)
class TuningPlan:
    """The arguments of a tuning.

    Arguments:
        file: the study file.
        out: folder of the trials.
        minutes: after which no trial begins.
        methods: that are compared; `METHODS`, or that of the study, if there are none.
        trials: number of trials after which the tuning ends; None for no limit.
        folds: of the cross-validation, at least 2.
        processes: that carry out trials at the same time.
        seed: of folds and suggested settings.
        data_dir: the data folder, see ``--data-dir``.
        allow_outside: whether ``allow_outside`` and ``base`` in the file take effect.

    Raises:
        MmcoreError: a number is too small.
    """

    file: Path
    out: Path
    minutes: float = 10.0
    methods: tuple[str, ...] = ()
    trials: int | None = None
    folds: int = 3
    processes: int = 1
    seed: int = 0
    data_dir: Path | None = None
    allow_outside: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.minutes < float("inf"):
            raise MmcoreError(f"--minutes is {self.minutes:g}, expected a number above 0")
        for name, least in {"trials": 1, "folds": 2, "processes": 1}.items():
            value = asdict(self)[name]
            if value is not None and value < least:
                raise MmcoreError(f"--{name} is {value}, expected at least {least}")

    @property
    def options(self) -> list[str]:
        """The options of a command that reads the same study."""
        data_dir = [] if self.data_dir is None else ["--data-dir", str(self.data_dir)]
        return [*data_dir, *(["--allow-outside"] if self.allow_outside else [])]

    @property
    def words(self) -> list[str]:
        """The words of the command that continues the tuning."""
        given = {
            "--minutes": f"{self.minutes:g}",
            "--method": ",".join(self.methods) or None,
            "--trials": self.trials,
            "--folds": self.folds,
            "--processes": self.processes,
            "--seed": self.seed,
        }
        options = [word for k, v in given.items() if v is not None for word in (k, str(v))]
        return ["mmcore", "tune", str(self.file), "--out", str(self.out), *options, *self.options]


class TuningRecord(Frozen):
    """The content of ``tuning.json``: what all trials of a folder have in common."""

    format: Literal[1] = 1
    study: StudyConfig
    base: str
    methods: tuple[str, ...]
    folds: int
    seed: int


def begin(plan: TuningPlan, study: StudyConfig, base: Path, methods: tuple[str, ...]) -> None:
    """Write ``tuning.json`` to a new folder, or compare it with that of the folder.

    Raises:
        MmcoreError: the folder has other files, or trials of another study or with other options.
    """
    record = TuningRecord(
        study=study, base=str(base.resolve()), methods=methods, folds=plan.folds, seed=plan.seed
    )
    path = plan.out / FILE
    if not path.exists():
        if plan.out.exists() and (not plan.out.is_dir() or any(plan.out.iterdir())):
            raise MmcoreError(
                f"'{plan.out}' exists and has no trials of mmcore tune; choose a new folder with --out"
            )
        plan.out.mkdir(parents=True, exist_ok=True)
        write_document(path, record)
        return
    own, other = (r.model_dump(mode="json") for r in (record, read_document(path, TuningRecord)))
    different = [name for name in own if own[name] != other[name]]
    if different:
        raise MmcoreError(
            f"'{plan.out}' has the trials of another {' and '.join(different)}; choose a new folder with"
            " --out, or give the same study and options"
        )
