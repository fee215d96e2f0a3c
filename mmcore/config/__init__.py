"""The configuration of models, runs and studies; nothing here imports torch."""

from mmcore.config.base import FITTED, Frozen
from mmcore.config.evaluation import EvaluationSettings
from mmcore.config.predict import ImputeSettings, ScoreSettings, Split
from mmcore.config.run import (
    DataConfig,
    ModalityConfig,
    ModelConfig,
    RunConfig,
)
from mmcore.config.study import (
    LabelsConfig,
    RecordsConfig,
    SplitConfig,
    StudyConfig,
    StudyData,
    StudyModality,
)
from mmcore.config.training import TrainingConfig, ValidationConfig
from mmcore.config.validation import sentence

__all__ = [
    "FITTED",
    "DataConfig",
    "EvaluationSettings",
    "Frozen",
    "ImputeSettings",
    "LabelsConfig",
    "ModalityConfig",
    "ModelConfig",
    "RecordsConfig",
    "RunConfig",
    "ScoreSettings",
    "Split",
    "SplitConfig",
    "StudyConfig",
    "StudyData",
    "StudyModality",
    "TrainingConfig",
    "ValidationConfig",
    "sentence",
]
