"""Options of the modality ``report``."""

from typing import Literal

from mmcore_characters.settings import CharacterSettings
from pydantic import Field, PositiveInt

from mmcore.config import FITTED, Frozen


class ReportSettings(Frozen):
    """Options of the modality ``report``."""

    level: Literal["words", "characters"] = "words"
    length: PositiveInt | None = Field(
        None,
        description="words or characters of a report; default: of the longest training report, at most 256",
    )
    lower: bool = Field(True, description="convert texts to lower case")
    paths: bool = Field(False, description="the column contains paths of files, not texts")
    most: int = Field(
        2000, gt=0, lt=32000, description="size of the vocabulary, the most frequent words"
    )
    least: PositiveInt = Field(
        3, description="number of training reports that must contain a word; few contain a name"
    )
    width: PositiveInt = Field(128, description="channels of the first convolution")
    symbols: tuple[str, ...] = Field(
        (),
        description="the words or characters; set from the training records",
        json_schema_extra=FITTED,
    )

    @property
    def characters(self) -> CharacterSettings:
        """The settings of the modality ``characters``."""
        return CharacterSettings(
            length=self.length,
            alphabet="".join(self.symbols) or None,
            lower=self.lower,
            paths=self.paths,
            width=self.width,
        )
