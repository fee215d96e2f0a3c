"""Options of the modality ``characters``."""

from pydantic import Field, PositiveInt

from mmcore.config import Frozen

MOST = 250
"""Largest alphabet: a symbol is one byte, and two symbols have another meaning."""


class CharacterSettings(Frozen):
    """Options of the modality ``characters``."""

    length: PositiveInt | None = Field(
        None,
        description="characters of a text; default: those of the longest training text, at most 256",
    )
    alphabet: str | None = Field(
        None,
        max_length=MOST,
        description="default: the most frequent characters of the training texts",
    )
    lower: bool = Field(False, description="convert texts to lower case")
    paths: bool = Field(False, description="the column contains paths of files, not texts")
    width: PositiveInt = Field(128, description="channels of the convolutions")
