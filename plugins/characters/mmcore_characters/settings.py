"""Options of the modality ``characters``."""

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

MOST = 250
"""Characters in an alphabet: a place is one byte, and two are taken."""


class CharacterSettings(BaseModel):
    """Options of the modality ``characters``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: PositiveInt | None = Field(
        None, description="characters of a text; default: of the longest in training, at most 256"
    )
    alphabet: str | None = Field(
        None,
        max_length=MOST,
        description="default: what the training texts have, the most frequent",
    )
    lower: bool = Field(False, description="whether capitals are read as small letters")
    paths: bool = Field(False, description="whether the column holds paths of files, not texts")
    width: PositiveInt = Field(128, description="channels of the convolutions")
