"""Texts in JSON: strings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, final

import pandas as pd
from pydantic import Field, StrictStr
from torch import Tensor

from mmcore.data.tables import Reader, Reading, Records
from mmcore.jsonvalues.base import ValueForm
from mmcore.jsonvalues.cells import cells_of
from mmcore.modality import Modality

__all__ = ["TextForm"]

LONGEST = 1 << 20


@final
@dataclass(frozen=True, slots=True)
class TextForm(ValueForm):
    """A text, which the modality or its reader converts to symbols.

    Arguments:
        name: of the modality, for messages.
        modality: whose values are texts.
        reader: of the modality, which writes one column of texts; None if its data is no table.
    """

    kind: ClassVar[Literal["texts"]] = "texts"
    name: str
    modality: Modality
    reader: Reader | None = None

    @property
    def json_type(self) -> Any:
        """A string."""
        return Annotated[StrictStr, Field(description="a text", max_length=LONGEST)]

    def read(self, values: Sequence[Any], ids: pd.Index) -> Reading:
        """Return the symbols of texts."""
        tokens = self.modality.tokens([str(value) for value in values])
        if tokens is not None:
            return Reading(tokens)
        records = self.records(values, ids)
        assert self.reader is not None, "a form of texts without tokens has a reader"
        assert records is not None, "and so it has records"
        return self.reader.read(records)

    def write(self, values: Tensor) -> list[str]:
        """Return the texts."""
        texts = self.modality.texts(values)
        if texts is not None:
            return texts
        assert self.reader is not None, "a form of texts without tokens has a reader"
        (column,) = self.reader.write(values).values()
        return [str(text) for text in column]

    def records(self, values: Sequence[Any], ids: pd.Index) -> Records | None:
        """Return the texts as the column that the reader writes; None if there is no reader."""
        if self.reader is None:
            return None
        (column,) = self.reader.columns()
        return cells_of(self.name, pd.DataFrame({column: [str(text) for text in values]}), ids)
