"""Converting the texts of a study to tokens, and tokens to texts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from mmcore import MmcoreError
from mmcore.data.tables import Reader, Reading, Records, texts_of
from mmcore.plugins import Context
from mmcore_transformers.settings import HfTextSettings
from mmcore_transformers.vocabulary import Vocabulary

__all__ = ["TextReader"]

LONGEST = 128
"""Maximal default length of a text in tokens."""


class TextReader(Reader):
    """Reads a column of texts, or the files of a folder, as tokens.

    The tokenizer is that of the settings or of the model; without both, byte pairs are learned from the
    training texts.

    Arguments:
        settings: the settings of the modality.
    """

    def __init__(self, settings: HfTextSettings, context: Context | None = None) -> None:
        self._settings = settings

    def fit(self, records: Records) -> Mapping[str, Any]:
        """Return the settings with the length and the tokenizer of the training texts."""
        given, texts = self._settings, texts_of(records, self._settings.paths)
        if not any(texts):
            raise MmcoreError(f"the training texts of modality '{records.modality}' are all empty")
        known = Vocabulary.known(given)
        vocabulary = known or Vocabulary.trained(texts, given.vocabulary)
        fitted: dict[str, Any] = {} if known else {"tokenizer": vocabulary.document()}
        if "length" not in given.model_fields_set:
            fitted["length"] = min(LONGEST, max(2, *map(len, vocabulary.whole(texts))))
        return given.model_copy(update=fitted).model_dump(mode="json", exclude_unset=True)

    def read(self, records: Records) -> Reading:
        """Return (N, length) 32-bit tokens."""
        vocabulary, length = self._vocabulary(), self._settings.length
        texts = texts_of(records, self._settings.paths)
        values = vocabulary.encode(texts, length)
        cut = int((values != vocabulary.end).all(1).sum())
        notes = [f"{cut} texts are longer than {length} tokens and are truncated"] if cut else []
        return Reading(values, tuple(notes))

    def columns(self) -> tuple[str, ...]:
        """Return the name of the column of texts."""
        return ("text",)

    def write(self, values: Tensor) -> dict[str, np.ndarray]:
        """Return the texts, each up to its end."""
        return {"text": np.array(self._vocabulary().decode(values), dtype=object)}

    def describe(self, records: Records) -> str:
        """Return the size of the vocabulary and the length."""
        return f"{len(self._vocabulary())} tokens, {self._settings.length} per text"

    def _vocabulary(self) -> Vocabulary:
        vocabulary = Vocabulary.known(self._settings)
        if vocabulary is None:
            raise MmcoreError("hf-text has no tokenizer; mmcore train fits it")
        return vocabulary
