"""Answers: what a finished run says of records, as tables with an id in every row."""

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.runs.predict.api import embed, impute, score
from mmcore.runs.predict.opening import ask
from mmcore.runs.predict.query import Asked
from mmcore.runs.predict.writing import write_frames

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
