"""What was measured, as a schema, side by side, and as pages. No torch is imported here."""

from mmcore.reporting.record import (
    Column,
    EvaluationRecord,
    EvaluationSettings,
    MetricRecord,
    Table,
    read_record,
)

__all__ = [
    "Column",
    "EvaluationRecord",
    "EvaluationSettings",
    "MetricRecord",
    "Table",
    "read_record",
]
