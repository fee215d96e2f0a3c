"""Evaluation results: their schema, comparisons and pages; no torch is imported here."""

from mmcore.reporting.record import (
    Column,
    EvaluationRecord,
    MetricRecord,
    Table,
    read_record,
)

__all__ = [
    "Column",
    "EvaluationRecord",
    "MetricRecord",
    "Table",
    "read_record",
]
