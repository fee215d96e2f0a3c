"""Training: the loop, optimizers, checkpoints and trackers.

The names below are imported at their first use: the engine takes seconds to import, and what reads a
checkpoint or counts processes does not need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmcore.training.engine import make_fabric
    from mmcore.training.loop import fit
    from mmcore.training.optimizer import Optimization, OptimizerBuilder
    from mmcore.training.state import TrainingState
    from mmcore.training.trackers import Report, Tracker

_HOMES = {
    "Optimization": "optimizer",
    "OptimizerBuilder": "optimizer",
    "Report": "trackers",
    "Tracker": "trackers",
    "TrainingState": "state",
    "fit": "loop",
    "make_fabric": "engine",
}

__all__ = [
    "Optimization",
    "OptimizerBuilder",
    "Report",
    "Tracker",
    "TrainingState",
    "fit",
    "make_fabric",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
