"""Converting texts to symbols, and symbols to texts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data.tables import Reader, Reading, Records, texts_of
from mmcore.plugins import Context
from mmcore_characters.settings import MOST, CharacterSettings
from mmcore_characters.symbols import symbols_of, texts_of_symbols

LONGEST = 256


class CharacterReader(Reader):
    """Reads a column of texts, or the files of a folder, truncated to one length.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: CharacterSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with the length and the alphabet of the training texts."""
        texts = texts_of(records, self._settings.paths, self._settings.lower)
        given = self._settings
        counted = Counter("".join(texts))
        frequent = sorted(character for character, _ in counted.most_common(MOST))
        alphabet = "".join(frequent) if given.alphabet is None else given.alphabet
        if not alphabet:
            raise MmcoreError(f"the training texts of modality '{records.modality}' are all empty")
        length = given.length or min(LONGEST, max(map(len, texts)))
        fitted = given.model_copy(update={"length": length, "alphabet": alphabet})
        return fitted.model_dump(mode="json")

    def read(self, records: Records) -> Reading:
        """Return the symbol of each character, (N, length) bytes, 0 after the end."""
        alphabet, length = self._fitted()
        texts = texts_of(records, self._settings.paths, self._settings.lower)
        cut, unknown = sum(len(text) > length for text in texts), Counter[str]()
        for text in texts:
            unknown.update(set(text[:length]).difference(alphabet))
        return Reading(symbols_of(texts, alphabet, length), _notes(cut, length, unknown))

    def columns(self) -> tuple[str, ...]:
        """Return the name of the column of texts."""
        return ("text",)

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return the texts, each up to its end."""
        alphabet, _ = self._fitted()
        return {"text": np.array(texts_of_symbols(values, alphabet), dtype=object)}

    def _fitted(self) -> tuple[str, int]:
        alphabet, length = self._settings.alphabet, self._settings.length
        if alphabet is None or length is None:
            raise MmcoreError("characters has no alphabet or no length; mmcore train sets both")
        return alphabet, length


def _notes(cut: int, length: int, unknown: Counter[str]) -> tuple[str, ...]:
    notes = [f"{cut} texts are longer than {length} characters and are truncated"] if cut else []
    if unknown:
        shown = " ".join(repr(character) for character, _ in unknown.most_common(5))
        notes.append(
            f"{len(unknown)} characters are not in the alphabet of the training texts, such as {shown}"
        )
    return tuple(notes)
