"""Studies: records of several modalities in files, joined by id."""

from mmcore.data.tables.columns import files_of, only_column, stamps
from mmcore.data.tables.contents import StoredFile, stamps_of, stored_files
from mmcore.data.tables.failures import read_each
from mmcore.data.tables.fit import StudyFit, fit_study
from mmcore.data.tables.formats import Format, OpenedTable, TextTable, open_table
from mmcore.data.tables.missing import MarkedTable, MissingWords
from mmcore.data.tables.open import readers_of
from mmcore.data.tables.outer_join import Labels, OuterJoin
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reader import Reader, Reading
from mmcore.data.tables.reading import PATH
from mmcore.data.tables.records import FrameTable, Records, Table
from mmcore.data.tables.remarks import Counted
from mmcore.data.tables.skewness import is_skewed
from mmcore.data.tables.sparse import SparseRows, Values, fetched
from mmcore.data.tables.spelling import alike, garbled
from mmcore.data.tables.study import StudyRecords, read_study
from mmcore.data.tables.texts import texts_of

__all__ = [
    "PATH",
    "Counted",
    "Format",
    "FrameTable",
    "Labels",
    "MarkedTable",
    "MissingWords",
    "OpenedTable",
    "OuterJoin",
    "PathResolver",
    "Reader",
    "Reading",
    "Records",
    "SparseRows",
    "StoredFile",
    "StudyFit",
    "StudyRecords",
    "Table",
    "TextTable",
    "Values",
    "alike",
    "fetched",
    "files_of",
    "fit_study",
    "garbled",
    "is_skewed",
    "only_column",
    "open_table",
    "read_each",
    "read_study",
    "readers_of",
    "stamps",
    "stamps_of",
    "stored_files",
    "texts_of",
]
