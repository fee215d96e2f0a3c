"""File formats of tables; each is a component of the kind ``format``, selected by the suffix of a file."""

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.opening import format_of, open_table, suffixes
from mmcore.data.tables.formats.text import TextTable

__all__ = ["Format", "OpenedTable", "TextTable", "format_of", "open_table", "suffixes"]
