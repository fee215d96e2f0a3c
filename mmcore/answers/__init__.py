"""Answers: what a finished run says of records, as tables with an id in every row."""

from mmcore.answers.api import embed, impute, score
from mmcore.answers.asked import Asked
from mmcore.answers.opening import ask
from mmcore.answers.settings import ImputeSettings, ScoreSettings
from mmcore.answers.writing import write_frames

__all__ = [
    "Asked",
    "ImputeSettings",
    "ScoreSettings",
    "ask",
    "embed",
    "impute",
    "score",
    "write_frames",
]
