"""The part of a study file to which a key belongs."""

from collections.abc import Container, Iterable

from pydantic import BaseModel

from mmcore.config.run import ModelConfig
from mmcore.config.study import RecordsConfig, SplitConfig, StudyConfig, StudyModality
from mmcore.config.training import TrainingConfig
from mmcore.errors import MmcoreError

__all__ = ["check_level", "place_in_study"]

SECTIONS: dict[str, type[BaseModel]] = {
    "split": SplitConfig,
    "model": ModelConfig,
    "training": TrainingConfig,
}
MODALITIES = "modalities"


def place_in_study(key: str) -> str | None:
    """Return a clause on where a study file has a key; None if it has no such key.

    Example:
        >>> place_in_study("missing")
        "'missing' belongs to the study file, beside 'modalities'"
    """
    if key == MODALITIES:
        return f"'{key}' belongs to the study file, at its top"
    if key in StudyConfig.model_fields:
        return f"'{key}' belongs to the study file, beside '{MODALITIES}'"
    for section, model in SECTIONS.items():
        if key in model.model_fields:
            return f"'{key}' belongs to '{section}' of the study file"
    if key in StudyModality.model_fields or key in RecordsConfig.model_fields:
        return f"'{key}' belongs to a modality, below '{MODALITIES}'"
    return None


def check_level(name: str, given: Iterable[str], known: Container[str]) -> None:
    """Check that no key of a modality belongs to another part of the study file.

    Arguments:
        name: of the modality.
        given: its keys.
        known: the options of its kind.

    Raises:
        MmcoreError: a key that is no option belongs elsewhere.
    """
    for key in given:
        place = None if key in known else place_in_study(key)
        if place is not None:
            raise MmcoreError(f"modality '{name}' has no option '{key}'; {place}")
