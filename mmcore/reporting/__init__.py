"""Evaluation results: their schema, comparisons and pages; no torch is imported here."""

from mmcore.reporting.record import (
    Column,
    EvaluationRecord,
    FigureRecord,
    MetricRecord,
    Table,
    read_record,
)
from mmcore.reporting.statements import Estimate, Reference, Statement
from mmcore.reporting.topics import Topic

__all__ = [
    "Column",
    "Estimate",
    "EvaluationRecord",
    "FigureRecord",
    "MetricRecord",
    "Reference",
    "Statement",
    "Table",
    "Topic",
    "read_record",
]
