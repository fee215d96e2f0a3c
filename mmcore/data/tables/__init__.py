"""Studies: records of several modalities, joined by id."""

from mmcore.data.tables.collecting import Collected, collect
from mmcore.data.tables.columns import files_of, only_column, stamps
from mmcore.data.tables.fit import Plan, plan
from mmcore.data.tables.formats import Format, OpenedTable, open_table
from mmcore.data.tables.gathering import PATH, Places, gather
from mmcore.data.tables.opening import gather_records, join, open_records, open_study, readers_of
from mmcore.data.tables.outer_join import Joined, Labels
from mmcore.data.tables.reader import Reader, Reading
from mmcore.data.tables.records import FrameTable, Records, Table
from mmcore.data.tables.texts import texts_of

__all__ = [
    "PATH",
    "Collected",
    "Format",
    "FrameTable",
    "Joined",
    "Labels",
    "OpenedTable",
    "Places",
    "Plan",
    "Reader",
    "Reading",
    "Records",
    "Table",
    "collect",
    "files_of",
    "gather",
    "gather_records",
    "join",
    "only_column",
    "open_records",
    "open_study",
    "open_table",
    "plan",
    "readers_of",
    "stamps",
    "texts_of",
]
