"""Training: the loop, optimizers, checkpoints and trackers."""

from mmcore.training.engine import make_fabric
from mmcore.training.loop import fit
from mmcore.training.optimizer import Optimization, OptimizerBuilder
from mmcore.training.state import TrainingState
from mmcore.training.trackers import Report, Tracker

__all__ = [
    "Optimization",
    "OptimizerBuilder",
    "Report",
    "Tracker",
    "TrainingState",
    "fit",
    "make_fabric",
]
