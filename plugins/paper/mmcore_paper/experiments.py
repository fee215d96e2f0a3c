"""The experiments, read from the YAML files of this package."""

from pathlib import Path

from pydantic import BaseModel

from mmcore.plugins import Context
from mmcore.reporting.experiment import Experiment, read_experiment

__all__ = ["celeba", "mnist_svhn_text"]

HERE = Path(__file__).parent


def mnist_svhn_text(settings: BaseModel, context: Context) -> Experiment:
    """Return the trimodal experiment of Section 4.2."""
    return read_experiment(HERE / "mnist_svhn_text.yaml")


def celeba(settings: BaseModel, context: Context) -> Experiment:
    """Return the bimodal experiment of Section 4.3."""
    return read_experiment(HERE / "celeba.yaml")
