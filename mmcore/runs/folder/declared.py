"""The study file of a run as it was when the run began, by which later edits are noticed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from mmcore.config.base import Frozen
from mmcore.config.study import StudyConfig

__all__ = ["StudyRecord"]

SHOWN = 40
"""Characters of a value in a message."""


class StudyRecord(Frozen):
    """The content of ``study.json``: the path of the study file, and what the file declared."""

    format: Literal[1] = 1
    file: str
    study: StudyConfig

    @classmethod
    def of(cls, file: Path, study: StudyConfig) -> "StudyRecord":
        """Return the record of a study file."""
        return cls(file=str(file.resolve()), study=study)

    def changes(self, now: StudyConfig) -> dict[str, str]:
        """Return, by the place of each setting that differs, a clause with its value and the earlier one.

        ``allow_outside`` is left out: it has an effect with an option of the command alone.
        """
        before, after = (
            dict(_leaves(study.model_dump(mode="json"))) for study in (self.study, now)
        )
        return {
            place: f"{place} is {_shown(after, place)} and was {_shown(before, place)}"
            for place in dict.fromkeys([*before, *after])
            if before.get(place) != after.get(place) and place != "allow_outside"
        }


def _leaves(values: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no mapping, with its place, such as ``training.steps``."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value


def _shown(values: Mapping[str, Any], place: str) -> str:
    value = values.get(place)
    text = "not given" if value is None else f"{value}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
