"""The configuration of a study: records of several modalities that are joined by id."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mmcore.config.base import Frozen, Seed, Size
from mmcore.config.layout import TableLayout
from mmcore.config.names import KeyName, ModalityName
from mmcore.config.words import Word, one_is_a_list

__all__ = [
    "BatchConfig",
    "CovariatesConfig",
    "LabelsConfig",
    "RecordsConfig",
    "SplitConfig",
    "StudyConfig",
    "StudyData",
    "StudyModality",
    "SurvivalConfig",
]

LABELS = "labels"
"""The key in ``split.test`` for the file of the test labels."""

Share = Annotated[float, Field(gt=0, lt=1)]
Words = Annotated[tuple[Word, ...], BeforeValidator(one_is_a_list)]
"""Words, or one of them."""
Origin = Literal["real", "synthetic"]


class RecordsConfig(TableLayout):
    """The records of one modality."""

    file: str | None = Field(
        None,
        description="table in an installed format, such as .csv; a folder or a pattern of Parquet files,"
        " such as visits/*.parquet; or sklearn:NAME",
    )
    folder: str | None = Field(
        None,
        description="in place of a file: a folder of files named by id, of folders with such files, or a"
        " pattern such as x/*.png or x/*/*.png",
    )
    columns: Words | None = Field(
        None,
        description="names or patterns such as 'mean *'; '!x' excludes x; default: all but the id",
    )
    id: Word | None = Field(
        None,
        description="id column of the file, by default that of the study; 'row' for the number of the row,"
        " from 1, if it has no such column; of a folder: 'name' or 'path',"
        " by default the name of a file, or its path if names are not unique",
    )

    @model_validator(mode="after")
    def _has_a_place(self) -> "RecordsConfig":
        if (self.file is None) == (self.folder is None):
            raise ValueError("give either a 'file' or a 'folder'")
        _check_folder(self)
        return self


def _check_folder(config: "RecordsConfig | LabelsConfig") -> None:
    if config.folder is None:
        return
    if config.id not in (None, "name", "path"):
        raise ValueError(
            f"id is '{config.id}', expected 'name' or 'path' for the files of a folder"
        )
    given = [name for name, value in config.layout if value]
    if given:
        raise ValueError(f"a folder has no {given[0]}; give it with a 'file'")


class LabelsConfig(TableLayout):
    """The labels by id, for evaluation; ids without a label are used in training as well."""

    file: str | None = Field(None, description="table with a column of labels")
    folder: str | None = Field(
        None,
        description="in place of a file: a folder of folders named by class, with files named by id",
    )
    column: Word = Field("folder", description="column of the file; not given with a folder")
    id: Word | None = Field(
        None,
        description="id column of the file, by default that of the study; of a folder: as above",
    )

    @model_validator(mode="after")
    def _has_a_place(self) -> "LabelsConfig":
        if (self.file is None) == (self.folder is None):
            raise ValueError("give either a 'file' or a 'folder'")
        if (self.file is None) == ("column" in self.model_fields_set):
            raise ValueError("give a 'column' of a 'file', and none of a 'folder'")
        _check_folder(self)
        return self


class CovariatesConfig(TableLayout):
    """Columns by id that are compared with the representation, and never modelled."""

    file: str = Field(description="table with the columns, for the ids of all splits")
    columns: Words = Field(min_length=1, description="names of columns of numbers or of words")
    categories: Words = Field((), description="those whose numbers are names of categories")
    id: Word | None = Field(None, description="id column of the file, by default that of the study")

    @model_validator(mode="after")
    def _has_its_categories(self) -> "CovariatesConfig":
        others = [name for name in self.categories if name not in self.columns]
        if others:
            raise ValueError(f"categories name '{others[0]}', which is not among the columns")
        return self


class BatchConfig(TableLayout):
    """The batch of each record, such as the hospital, by id; its shift of each number is modelled."""

    file: str = Field(description="table with the batch of each id of all splits")
    column: Word = Field(description="column of batches, as words or numbers")
    id: Word | None = Field(None, description="id column of the file, by default that of the study")


class SurvivalConfig(TableLayout):
    """The time until an event, or until the end of the observation, by id; it is never modelled."""

    file: str | None = Field(None, description="table, by default that of the covariates")
    time: Word = Field(description="column of times, 0 or more, in any unit")
    event: Word = Field(
        description="column that is 1 or true where the event occurred, else 0 or false"
    )
    occurred: Word | None = Field(
        None, description="word in the column of events that means that it occurred, such as dead"
    )
    id: Word | None = Field(None, description="id column of the file, by default that of the study")


class SplitConfig(Frozen):
    """The split into training and test ids."""

    test: Share | dict[str, str] = Field(
        0.2, description="share of ids, or test files by modality (and 'labels')"
    )
    by: Word = Field(
        "id", description="'id', or a column, such as the patient, whose ids are kept on one side"
    )
    stratify: Word | None = Field(
        None, description="column of the labels, whose classes are split equally"
    )


class StudyData(Frozen):
    """The data of a study, by modality."""

    base: str = Field(".", description="folder that paths are relative to")
    id: KeyName = Field("id", description="name of the id column, also in tables of predictions")
    records: dict[ModalityName, RecordsConfig] = Field(
        min_length=1, description="by modality, where its records are"
    )
    labels: LabelsConfig | None = None
    covariates: CovariatesConfig | None = None
    survival: SurvivalConfig | None = None
    batch: BatchConfig | None = None
    split: SplitConfig = SplitConfig()
    missing: Words | None = Field(
        None,
        description="words that mark a missing cell, in addition to NA; [] for empty cells alone",
    )
    keep_na: bool = Field(
        False, description="NA, None, null and similar words are no missing cells"
    )
    id_style: Literal["exact", "trimmed", "integer"] = Field(
        "exact",
        description="ids as in the file, without blanks around them, or with 7.0 and 007 as 7",
    )
    allow_outside: bool = Field(False, description="whether paths may be outside of the folder")

    @model_validator(mode="after")
    def _has_a_file_of_survival(self) -> "StudyData":
        if self.survival is not None and self.survival.file is None and self.covariates is None:
            raise ValueError(
                "survival has no 'file', and there are no covariates whose file it has"
            )
        return self

    origin: Origin = Field("real", description="whether the records are real or synthetic")


class StudyModality(BaseModel):
    """A modality of a study file: its kind, its records, and the settings of the kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field(
        description="modality that reads records, such as table; its options follow it"
    )
    style_dim: Size | None = Field(
        None, description="dimensions of the style; default: model.style_dim, which is 0 in studies"
    )

    @property
    def records(self) -> dict[str, Any]:
        """The entries of `RecordsConfig`."""
        return {k: v for k, v in self._others().items() if k in RecordsConfig.model_fields}

    @property
    def settings(self) -> dict[str, Any]:
        """The entries that are settings of the kind."""
        return {k: v for k, v in self._others().items() if k not in RecordsConfig.model_fields}

    def _others(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class StudyConfig(Frozen):
    """A study file, which is written by the user.

    ``model`` and ``training`` have the fields of a run's config.yaml; the defaults depend on the size of
    the data.
    """

    base: str = Field(
        ".", description="folder that paths are relative to; it is relative to that of this file"
    )
    id: KeyName = Field("id", description="name of the id column, also in tables of predictions")
    modalities: dict[ModalityName, StudyModality] = Field(min_length=1)
    labels: LabelsConfig | None = None
    covariates: CovariatesConfig | None = None
    survival: SurvivalConfig | None = None
    batch: BatchConfig | None = None
    split: SplitConfig = SplitConfig()
    missing: Words | None = Field(
        None, description="further words of missing cells, besides NA; [] for empty cells alone"
    )
    keep_na: bool = Field(False, description="whether NA, None, null and similar words are values")
    id_style: Literal["exact", "trimmed", "integer"] = Field(
        "exact", description="ids as in the file, without blanks around them, or 7.0 and 007 as 7"
    )
    allow_outside: bool = Field(
        False, description="whether paths may leave the folder; needs --allow-outside as well"
    )
    origin: Origin = Field("real", description="synthetic for simulated or drawn records")
    drop: float = Field(0.0, ge=0, lt=1, description="share of training values hidden at random")
    model: dict[str, Any] = Field({}, description="as in a run's config.yaml, without modalities")
    training: dict[str, Any] = Field({}, description="as in a run's config.yaml")
    seed: Seed = Field(0, description="of all random numbers")

    def data(self, base: str) -> StudyData:
        """Return the configuration of the data, for a study file in the folder ``base``."""
        document = dict(
            base=base if self.base == "." else str(Path(base, self.base).resolve()),
            id=self.id,
            records={name: modality.records for name, modality in self.modalities.items()},
            labels=self.labels,
            covariates=self.covariates,
            survival=self.survival,
            batch=self.batch,
            split=self.split,
            missing=self.missing,
            keep_na=self.keep_na,
            id_style=self.id_style,
            allow_outside=self.allow_outside,
            origin=self.origin,
        )
        return StudyData.model_validate(document)
