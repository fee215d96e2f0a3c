"""Trackers that send metrics to a tracking service, through the loggers of `accelerate`."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, final

from mmcore.config import RunConfig
from mmcore.config.training import LoggerSettings
from mmcore.errors import MmcoreError
from mmcore.plugins import Context
from mmcore.training.trackers import Report, Tracker

__all__ = ["LoggerTracker", "mlflow", "trackio", "wandb"]


@final
class LoggerTracker(Tracker):
    """Sends the configuration, the metrics and the figures of a run to a logger of `accelerate.tracking`.

    Arguments:
        library: name of the logger, and of the package that it needs.
        settings: project of the run, and arguments with which the library starts it.

    Raises:
        MmcoreError: a package is not installed.
    """

    def __init__(
        self, library: Literal["mlflow", "trackio", "wandb"], settings: LoggerSettings
    ) -> None:
        if find_spec("accelerate") is None or find_spec(library) is None:
            raise MmcoreError(
                f"tracker '{library}' needs packages that are not installed; install them by"
                f" pip install 'mmcore[{library}]', or remove '{library}' from --trackers"
            )
        self._library, self._settings = library, settings

    def start(self, folder: Path, config: RunConfig, step: int) -> None:
        """Start a run of the library and send the configuration."""
        from accelerate.state import PartialState
        from accelerate.tracking import LOGGER_TYPE_TO_CLASS

        PartialState()  # the loggers of accelerate require it
        arguments = (
            {"name": folder.name} if self._library != "mlflow" else {"run_name": folder.name}
        )
        self._logger = LOGGER_TYPE_TO_CLASS[self._library](
            self._settings.project, **{**arguments, **self._settings.init}
        )
        self._logger.start()
        self._logger.store_init_configuration(dict(_flat(config.model_dump(mode="json"))))

    def log(self, report: Report) -> None:
        """Send the metrics."""
        values = {name: value for name, value in report.row.items() if name != "step"}
        self._logger.log(values, step=report.step)

    def figure(self, name: str, path: Path) -> None:
        """Send a figure, if the logger accepts images."""
        from matplotlib.image import imread

        if self._library == "mlflow":
            self._logger.log_artifact(str(path), "figures")
        elif self._library == "wandb":
            self._logger.log_images({f"figures/{name}": [imread(path)]})

    def close(self) -> None:
        """Finish the run."""
        self._logger.finish()


def mlflow(settings: LoggerSettings, context: Context) -> LoggerTracker:
    """Return the tracker ``mlflow``."""
    return LoggerTracker("mlflow", settings)


def trackio(settings: LoggerSettings, context: Context) -> LoggerTracker:
    """Return the tracker ``trackio``."""
    return LoggerTracker("trackio", settings)


def wandb(settings: LoggerSettings, context: Context) -> LoggerTracker:
    """Return the tracker ``wandb``."""
    return LoggerTracker("wandb", settings)


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested dictionaries by their dotted names."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
