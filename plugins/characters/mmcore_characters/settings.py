"""Options of the modality ``characters``."""

from pydantic import Field, PositiveInt

from mmcore.config import Frozen

MOST = 250
"""Characters in an alphabet: a place is one byte, and two are taken."""


class CharacterSettings(Frozen):
    """Options of the modality ``characters``."""

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
