"""The configuration of a study: records of several modalities joined by id; no torch is imported here."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mmcore.config.base import Frozen

__all__ = [
    "LabelsConfig",
    "RecordsConfig",
    "SplitConfig",
    "StudyConfig",
    "StudyData",
    "StudyModality",
]

LABELS = "labels"
"""The name under which ``split.test`` gives the labels' own file."""

Share = Annotated[float, Field(gt=0, lt=1)]


class RecordsConfig(Frozen):
    """Where the records of one modality are."""

    file: str | None = Field(
        None, description="table in an installed format, such as .csv, or sklearn:NAME"
    )
    folder: str | None = Field(
        None,
        description="instead: a folder of files that are named by id, or a pattern such as x/*.png",
    )
    columns: tuple[str, ...] | None = Field(
        None,
        description="names or patterns such as 'mean *', '!x' without x; default all but the id",
    )
    id: str | None = Field(None, description="the file's own id column; default the study's")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_is_a_list(cls, columns: Any) -> Any:
        return (columns,) if isinstance(columns, str) else columns

    @model_validator(mode="after")
    def _has_a_place(self) -> "RecordsConfig":
        if (self.file is None) == (self.folder is None):
            raise ValueError("name either a 'file' or a 'folder'")
        return self


class LabelsConfig(Frozen):
    """Where the label of each id is, for evaluation; ids without one are trained on all the same."""

    file: str
    column: str
    id: str | None = Field(None, description="the file's own id column; default the study's")


class SplitConfig(Frozen):
    """Which ids are held out for testing."""

    test: Share | dict[str, str] = Field(
        0.2, description="share of ids, or files of their own by modality (and 'labels')"
    )
    by: str = Field(
        "id", description="'id', or a column, such as the patient's, whose ids stay together"
    )
    stratify: str | None = Field(
        None, description="the labels' column, whose classes are split equally"
    )


class StudyData(Frozen):
    """The data of a study, by name of the modality."""

    base: str = Field(".", description="folder that paths are relative to")
    id: str = Field("id", description="name of the id column")
    records: dict[str, RecordsConfig] = Field(min_length=1)
    labels: LabelsConfig | None = None
    split: SplitConfig = SplitConfig()
    missing: tuple[str, ...] = Field((), description="texts that mean a missing cell, beside NA")
    allow_outside: bool = Field(False, description="whether paths may leave the folder")


class StudyModality(BaseModel):
    """One modality of a study file: kind, records, and settings of the kind beside them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    style_dim: int | None = Field(None, ge=0)

    @property
    def records(self) -> dict[str, Any]:
        """The entries that say where the records are."""
        return {k: v for k, v in self._others().items() if k in RecordsConfig.model_fields}

    @property
    def settings(self) -> dict[str, Any]:
        """The entries that are settings of the kind."""
        return {k: v for k, v in self._others().items() if k not in RecordsConfig.model_fields}

    def _others(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class StudyConfig(Frozen):
    """A study file: what a user writes.

    ``model`` and ``training`` have the fields that they have in a run's config.yaml; what is left out
    is chosen by the size of the data.
    """

    id: str = "id"
    modalities: dict[str, StudyModality] = Field(min_length=1)
    labels: LabelsConfig | None = None
    split: SplitConfig = SplitConfig()
    missing: tuple[str, ...] = ()
    allow_outside: bool = False
    drop: float = Field(0.0, ge=0, lt=1, description="share of training values hidden at random")
    model: dict[str, Any] = Field({}, description="as in a run's config.yaml, without modalities")
    training: dict[str, Any] = Field({}, description="as in a run's config.yaml")
    seed: int = Field(0, ge=0)

    def data(self, base: str) -> StudyData:
        """Return where its data is, for a study file in the folder ``base``."""
        document = dict(
            base=base,
            id=self.id,
            records={name: modality.records for name, modality in self.modalities.items()},
            labels=self.labels,
            split=self.split,
            missing=self.missing,
            allow_outside=self.allow_outside,
        )
        return StudyData.model_validate(document)
