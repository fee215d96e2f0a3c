"""Options of the modality ``mnist``."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt


class MnistSettings(BaseModel):
    """Options of the modality ``mnist``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden: PositiveInt = Field(400, description="width of the one hidden layer of each network")
    scale: PositiveFloat = Field(0.75, description="scale of the Laplace likelihood")
