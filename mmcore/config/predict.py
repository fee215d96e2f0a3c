"""The settings of imputation and scoring."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mmcore.config.base import Count, Frozen, Seed

__all__ = ["BatchChoice", "ImputeSettings", "ScoreSettings", "Split"]

Split = Literal["all", "train", "test"]
BatchChoice = Literal["own", "reference"]
"""Whether predictions are those of the batch of each record, or of the reference batch."""


class ImputeSettings(Frozen):
    """The settings of imputation."""

    level: Annotated[float, Field(gt=0, lt=1)] = Field(0.9, description="coverage of the intervals")
    samples: Count = Field(199, description="draws for a mean and an interval")
    draws: Count | None = Field(
        None, description="number of draws to write, one row each; None: mean and interval"
    )
    posterior: Literal["generation", "corrected"] = Field(
        "generation",
        description="distribution of content and styles: the posterior that the method generates from,"
        " or the posterior of the generative model by importance resampling",
    )
    conformal: bool = Field(
        False, description="scale the intervals so that they cover the level on held-out records"
    )
    batch: BatchChoice = Field(
        "own",
        description="whether numbers are those of the record's batch or of the reference batch",
    )
    seed: Seed = 0

    @model_validator(mode="after")
    def _has_intervals(self) -> "ImputeSettings":
        if self.conformal and self.draws is not None:
            raise ValueError(
                "conformal scales intervals, and draws have none; leave one of them out"
            )
        return self

    @model_validator(mode="after")
    def _has_tails(self) -> "ImputeSettings":
        least = math.ceil(2 / (1 - self.level) - 1e-9) - 1
        if self.draws is None and self.samples < least:
            raise ValueError(
                f"{self.samples} samples are too few for an interval at level {self.level:g}; at least"
                f" {least} are needed"
            )
        return self


class ScoreSettings(Frozen):
    """The settings of scoring."""

    samples: Count = Field(512, description="importance samples for each record")
    by_modality: bool = Field(
        False, description="compute log p of each modality given the others as well"
    )
    seed: Seed = 0
