"""The configuration of a model and of a run."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mmcore.config.base import Frozen, Seed, Size
from mmcore.config.names import ModalityName
from mmcore.config.study import StudyData
from mmcore.config.training import TrainingConfig

__all__ = [
    "DataConfig",
    "ModalityConfig",
    "ModelConfig",
    "RunConfig",
]


class ModalityConfig(Frozen):
    """A modality of a model: the component that implements it, and its options."""

    kind: str = Field(description="name of the component")
    style_dim: Size | None = Field(None, description="own subspace; default: the model's")
    settings: dict[str, Any] = Field({}, description="options of the component")


class ModelConfig(Frozen):
    """The configuration of a model."""

    modalities: dict[ModalityName, ModalityConfig] = Field(min_length=1)
    content_dim: Size = Field(16, gt=0, description="dimensions of the content")
    style_dim: Size = Field(4, description="dimensions of each style")
    method: str = Field("mmjsd", description="name of the method")
    options: dict[str, Any] = Field({}, description="options of the method")
    prior: str = Field("standard", description="prior over the content")
    prior_options: dict[str, Any] = Field({}, description="options of that prior")
    style_prior: str = Field("standard", description="prior over the style of each modality")
    style_prior_options: dict[str, Any] = Field({}, description="options of that prior")

    @property
    def style_dims(self) -> dict[str, int]:
        """The size of each modality's own subspace."""
        return {
            name: self.style_dim if config.style_dim is None else config.style_dim
            for name, config in self.modalities.items()
        }


class DataConfig(Frozen):
    """The configuration of the data."""

    mode: Literal["auto", "real", "sample"] = Field(
        "auto", description="real files, the embedded sample, or real files where they exist"
    )
    dir: Path | None = Field(
        None, description="folder of real data; default: MMCORE_DATA, or the cache"
    )
    pairings: int = Field(
        20, gt=0, le=10_000, description="number of pairs of each item of the largest data set"
    )
    drop: float = Field(
        0.0, ge=0, lt=1, description="share of training values that are hidden at random"
    )
    split_seed: Seed | None = Field(
        None,
        description="seed of pairs, of the split and of hidden values; default: that of the run",
    )
    study: StudyData | None = Field(
        None, description="tables joined by id, in place of built-in data sets"
    )


class RunConfig(Frozen):
    """A run: model, data, training and seed. Its YAML form is ``config.yaml`` of a run folder."""

    model: ModelConfig
    data: DataConfig = DataConfig()
    training: TrainingConfig = TrainingConfig()
    seed: Seed = Field(0, description="of all random numbers")
    plugins: dict[str, str] = Field(
        {}, description="by component, the distribution and version that it was trained with"
    )

    @property
    def data_seed(self) -> int:
        """The seed of the data."""
        return self.seed if self.data.split_seed is None else self.data.split_seed
