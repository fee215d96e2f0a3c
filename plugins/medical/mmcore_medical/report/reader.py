"""Converting reports to symbols, and symbols to reports."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmcore_characters.reader import CharacterReader
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data.tables import Reader, Reading, Records, texts_of
from mmcore.plugins import Context
from mmcore_medical.patients import refuse_unsplit_patients
from mmcore_medical.report.settings import ReportSettings
from mmcore_medical.report.words import text_of, vocabulary, words_of

LONGEST = 256
END, UNKNOWN, FIRST = 0, 1, 2
"""Symbols: after the end, a word that is not in the vocabulary, and the first word of it."""
SHOWN_UNKNOWN = "\ufffd"


class WordReader(Reader):
    """Reads a column of texts, or the files of a folder, as words.

    The vocabulary excludes words of few training reports, because they can be names.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: ReportSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with the vocabulary and the length of the training reports."""
        refuse_unsplit_patients(records)
        given, reports = self._settings, self._reports(records)
        symbols = given.symbols or vocabulary(reports, given.most, given.least)
        if not symbols:
            raise MmcoreError(
                f"modality '{records.modality}' has no word in {given.least} of its {len(reports)} training"
                " reports; lower 'least', or set level: characters"
            )
        length = given.length or min(LONGEST, max(map(len, reports)))
        fitted = given.model_copy(update={"symbols": symbols, "length": length})
        return fitted.model_dump(mode="json", exclude_defaults=True)

    def read(self, records: Records) -> Reading:
        """Return (N, length) symbols of 16 bits, 0 after the end."""
        length = self._settings.length or 0
        places = {word: FIRST + n for n, word in enumerate(self._settings.symbols)}
        values = np.full((len(records), length), END, dtype=np.int16)
        cut = unknown = total = 0
        for row, words in enumerate(self._reports(records)):
            known = [places.get(word, UNKNOWN) for word in words[:length]]
            values[row, : len(known)] = known
            cut += len(words) > length
            unknown, total = unknown + known.count(UNKNOWN), total + len(known)
        notes = [f"{cut} reports are longer than {length} words and are truncated"] if cut else []
        if unknown:
            notes.append(f"{unknown / total:.1%} of the words are not in the vocabulary")
        return Reading(torch.from_numpy(values), tuple(notes))

    def columns(self) -> tuple[str, ...]:
        """Return the name of the column of texts."""
        return ("text",)

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return the texts, each up to its end."""
        shown = ["", SHOWN_UNKNOWN, *self._settings.symbols]
        rows = [row[: row.index(END)] if END in row else row for row in values.long().tolist()]
        texts = [text_of(shown[place] for place in row) for row in rows]
        return {"text": np.array(texts, dtype=object)}

    def describe(self, records: Records) -> str:
        """Return the size of the vocabulary and the length."""
        return f"{len(self._settings.symbols)} words, {self._settings.length} per report"

    def _reports(self, records: Records) -> list[list[str]]:
        texts = texts_of(records, self._settings.paths, self._settings.lower)
        return [words_of(text) for text in texts]


class SpelledReader(Reader):
    """Reads reports as characters, with the reader of the modality ``characters``.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: ReportSettings, context: Context | None = None) -> None:
        self._settings = settings
        self._inner = CharacterReader(settings.characters)

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with the alphabet and the length of the training reports."""
        refuse_unsplit_patients(records)
        settings = self._inner.fit(records)
        fitted = {"symbols": tuple(settings["alphabet"]), "length": settings["length"]}
        return self._settings.model_copy(update=fitted).model_dump(
            mode="json", exclude_defaults=True
        )

    def read(self, records: Records) -> Reading:
        """Return (N, length) bytes."""
        return self._inner.read(records)

    def columns(self) -> tuple[str, ...]:
        """Return the name of the column of texts."""
        return self._inner.columns()

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return the texts, each up to its end."""
        return self._inner.write(values)

    def describe(self, records: Records) -> str:
        """Return the size of the alphabet and the length."""
        return f"{len(self._settings.symbols)} characters, {self._settings.length} per report"


def report_reader(settings: ReportSettings, context: Context | None = None) -> Reader:
    """Return the reader of words or of characters."""
    return SpelledReader(settings) if settings.level == "characters" else WordReader(settings)
