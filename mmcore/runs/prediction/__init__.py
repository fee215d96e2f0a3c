"""Predictions of a finished run for records, as tables with an id in every row."""

from mmcore.config.predict import ImputeSettings, ScoreSettings
from mmcore.runs.prediction.api import embed, impute, score
from mmcore.runs.prediction.parts import Part
from mmcore.runs.prediction.query import Query, open_query
from mmcore.runs.prediction.writing import write_frames

__all__ = [
    "ImputeSettings",
    "Part",
    "Query",
    "ScoreSettings",
    "embed",
    "impute",
    "open_query",
    "score",
    "write_frames",
]
