"""Training: one loop, its state, its checkpoints and those who watch it."""

from mmcore.training.engine import make_fabric
from mmcore.training.loop import fit
from mmcore.training.observers import Observer, Report
from mmcore.training.state import TrainingState

__all__ = ["Observer", "Report", "TrainingState", "fit", "make_fabric"]
