"""Studies: records of several modalities in files, joined by id."""

from mmcore.data.tables.columns import files_of, only_column, stamps
from mmcore.data.tables.fit import StudyFit, fit_study
from mmcore.data.tables.open import readers_of
from mmcore.data.tables.outer_join import Labels, OuterJoin
from mmcore.data.tables.paths import PathResolver
from mmcore.data.tables.reader import Reader, Reading
from mmcore.data.tables.reading import PATH
from mmcore.data.tables.records import Records
from mmcore.data.tables.study import StudyRecords, read_study
from mmcore.data.tables.texts import texts_of
from mmcore.files import kept

__all__ = [
    "PATH",
    "Labels",
    "OuterJoin",
    "PathResolver",
    "Reader",
    "Reading",
    "Records",
    "StudyFit",
    "StudyRecords",
    "files_of",
    "fit_study",
    "kept",
    "only_column",
    "read_study",
    "readers_of",
    "stamps",
    "texts_of",
]
