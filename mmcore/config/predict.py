"""How questions are answered; no torch is imported here."""

import math
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from mmcore.config.base import Frozen

__all__ = ["ImputeSettings", "ScoreSettings", "Split"]

Split = Literal["all", "train", "test"]


class ImputeSettings(Frozen):
    """How holes are filled."""

    level: Annotated[float, Field(gt=0, lt=1)] = Field(0.9, description="what an interval covers")
    samples: PositiveInt = Field(199, description="draws behind a mean and an interval")
    draws: PositiveInt | None = Field(
        None, description="draws to be written, a row each; none: mean and interval"
    )
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _has_tails(self) -> "ImputeSettings":
        least = math.ceil(2 / (1 - self.level) - 1e-9) - 1
        if self.draws is None and self.samples < least:
            raise ValueError(
                f"{self.samples} samples say nothing of an interval at level {self.level:g}; at least"
                f" {least} do"
            )
        return self


class ScoreSettings(Frozen):
    """How records are scored."""

    samples: PositiveInt = Field(512, description="importance samples for each record")
    by_modality: bool = Field(
        False, description="also log p of each modality given the others; once more for each"
    )
    seed: int = Field(0, ge=0)
