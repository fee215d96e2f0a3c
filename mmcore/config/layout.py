"""Choice of the table of a file, and the arrangement of its rows and columns."""

from typing import Any, Literal

from pydantic import Field

from mmcore.config.base import Frozen
from mmcore.config.words import Word

__all__ = [
    "AnnDataSettings",
    "ArraySettings",
    "DatabaseSettings",
    "DelimitedSettings",
    "ExcelSettings",
    "LongTable",
    "MuDataSettings",
    "TableLayout",
]

Header = Literal["none"]


class DelimitedSettings(Frozen):
    """Options of the formats ``csv`` and ``tsv``."""

    raw: bool = Field(
        False,
        description="whether texts that a spreadsheet runs as formulas are written as they are",
    )
    header: Header | None = Field(None, description="none: the first line has cells, not names")


class ExcelSettings(Frozen):
    """Options of the format ``excel``."""

    sheet: Word | None = Field(None, description="name of the sheet, if the file has several")
    header: Header | None = Field(None, description="none: the first row has cells, not names")


class ArraySettings(Frozen):
    """Options of formats of arrays."""

    array: Word | None = Field(None, description="name of the array, if the file has several")


class DatabaseSettings(Frozen):
    """Options of the formats ``sqlite`` and ``duckdb``."""

    table: Word | None = Field(None, description="name of the table or view, if there are several")


class AnnDataSettings(Frozen):
    """Options of the format ``h5ad``."""

    layer: Word | None = Field(None, description="name of a layer, in place of X")
    obsm: Word | None = Field(None, description="name of an entry of obsm, in place of X")


class MuDataSettings(AnnDataSettings):
    """Options of the format ``h5mu``."""

    modality: Word | None = Field(None, description="name of the AnnData in the file")


class LongTable(Frozen):
    """A table with a row for each value, which becomes one with a row for each id."""

    id: Word | None = Field(None, description="column of ids; by default that of the study")
    name: Word = Field(description="column with the names of the columns")
    value: Word = Field(description="column with the cells")


class TableLayout(Frozen):
    """Which table of a file is read, and how it is arranged; most files need none of this."""

    sheet: Word | None = Field(None, description="of an Excel file: name of the sheet")
    table: Word | None = Field(None, description="of a database: name of the table or view")
    array: Word | None = Field(None, description="of a file of arrays: name of the array")
    modality: Word | None = Field(None, description="of an .h5mu file: name of the AnnData")
    layer: Word | None = Field(None, description="of AnnData: name of a layer, in place of X")
    obsm: Word | None = Field(
        None, description="of AnnData: name of an entry of obsm, in place of X"
    )
    header: Header | None = Field(
        None, description="none: the file has no names; columns are c1, c2, .."
    )
    transpose: bool = Field(False, description="whether rows are columns, and columns are ids")
    long: LongTable | None = Field(None, description="columns of a table with a row for each value")

    @property
    def layout(self) -> "TableLayout":
        """These fields alone."""
        return TableLayout(**{name: getattr(self, name) for name in TableLayout.model_fields})

    @property
    def options(self) -> dict[str, Any]:
        """The options for the format of the file that are given."""
        names = TableLayout.model_fields.keys() - {"transpose", "long"}
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}
