"""The experiment, read from the YAML file of this package."""

from pathlib import Path

from pydantic import BaseModel

from mmcore.plugins import Context
from mmcore.reporting.experiment import Experiment, read_experiment

__all__ = ["polymnist"]


def polymnist(settings: BaseModel, context: Context) -> Experiment:
    """Return the experiment with five modalities."""
    return read_experiment(Path(__file__).parent / "experiment.yaml")
