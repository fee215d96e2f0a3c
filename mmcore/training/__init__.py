"""Training: one loop, its state, its checkpoints and those who watch it."""

from mmcore.training.engine import make_fabric
from mmcore.training.loop import fit
from mmcore.training.state import TrainingState
from mmcore.training.trackers import Observer, Report

__all__ = ["Observer", "Report", "TrainingState", "fit", "make_fabric"]
