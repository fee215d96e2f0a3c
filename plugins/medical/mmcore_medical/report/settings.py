"""Options of the modality ``report``."""

from typing import Literal

from mmcore_characters.settings import CharacterSettings
from pydantic import Field, PositiveInt

from mmcore.config import Frozen


class ReportSettings(Frozen):
    """Options of the modality ``report``."""

    level: Literal["words", "characters"] = "words"
    length: PositiveInt | None = Field(
        None,
        description="words or characters of a report; default: of the longest in training, at most 256",
    )
    lower: bool = Field(True, description="whether capitals are read as small letters")
    paths: bool = Field(False, description="whether the column holds paths of files, not texts")
    most: int = Field(2000, gt=0, lt=32000, description="different words, the most frequent")
    least: PositiveInt = Field(
        3, description="training reports that a word must stand in: a name stands in few"
    )
    width: PositiveInt = Field(128, description="channels of the first convolution")
    symbols: tuple[str, ...] = Field(
        (), description="the words or characters; made from the training records"
    )

    @property
    def characters(self) -> CharacterSettings:
        """The settings of texts by character."""
        return CharacterSettings(
            length=self.length,
            alphabet="".join(self.symbols) or None,
            lower=self.lower,
            paths=self.paths,
            width=self.width,
        )
