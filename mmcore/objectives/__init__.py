"""Objectives: what is minimised."""

from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.mmjsd import MmJsd

__all__ = ["LossTerms", "MmJsd", "Objective"]
