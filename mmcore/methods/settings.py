"""The options of the core's methods; no torch is imported here."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MmJsdSettings"]

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class MmJsdSettings(BaseModel):
    """Options of ``mmjsd``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    beta: NonNegative = Field(2.5, description="weight of all divergences")
    beta_style: NonNegative = Field(
        1.5, description="weight of the styles' divergences, times beta"
    )
    style_weights: dict[str, NonNegative] | None = Field(
        None,
        description="by modality, on top of beta_style; default: square root of the likelihood's default",
    )
    likelihood_weights: dict[str, NonNegative] | None = Field(
        None, description="by modality; default: largest data size / own data size"
    )
    weights: dict[str, float] | None = Field(
        None, description="pi of 'prior' and every modality, sum 1; default equal"
    )
    dynamic_prior: str = Field("geometric", description="aggregator of experts and prior")
    style_warmup: Share = Field(
        0.5, description="share of the training in which styles are drawn from the prior"
    )
    style_cross_gradient: Share = Field(
        0.25, description="share of the gradient that styles get where content came from elsewhere"
    )
