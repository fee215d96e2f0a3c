"""Studies: records of several modalities, joined by id."""

from mmcore.study.cache import kept
from mmcore.study.collecting import Collected, collect
from mmcore.study.columns import files_of, only_column, stamps
from mmcore.study.gathering import PATH, Places, gather
from mmcore.study.joined import Joined, Labels
from mmcore.study.opening import gather_records, join, open_records, open_study, readers_of
from mmcore.study.planning import Plan, plan
from mmcore.study.reader import Reader, Reading
from mmcore.study.records import Records
from mmcore.study.texts import texts_of

__all__ = [
    "PATH",
    "Collected",
    "Joined",
    "Labels",
    "Places",
    "Plan",
    "Reader",
    "Reading",
    "Records",
    "collect",
    "files_of",
    "gather",
    "gather_records",
    "join",
    "kept",
    "only_column",
    "open_records",
    "open_study",
    "plan",
    "readers_of",
    "stamps",
    "texts_of",
]
