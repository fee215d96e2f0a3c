"""JSON files of runs and models: format versions, and documents that are validated by pydantic."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from mmcore.config.validation import sentence
from mmcore.errors import MmcoreError
from mmcore.storage.documents import read_json
from mmcore.storage.files import write_text

__all__ = [
    "Versions",
    "read_document",
    "read_json",
    "read_metrics",
    "validated",
    "write_document",
]

Document = TypeVar("Document", bound=BaseModel)
Migration = Callable[[dict[str, Any]], dict[str, Any]]

_LINE: TypeAdapter[dict[str, int | float]] = TypeAdapter(dict[str, int | float])


@dataclass(frozen=True, slots=True)
class Versions:
    """The format versions of a kind of document, which are in its key ``format``; without it, 1.

    Arguments:
        steps: by version n, the function from a document of version n to one of version n + 1.

    Example:
        >>> Versions({1: lambda document: {**document, "seed": 0}}).upgrade({"steps": 5}, "'a.json'")
        {'steps': 5, 'seed': 0, 'format': 2}
    """

    steps: Mapping[int, Migration]

    @property
    def newest(self) -> int:
        """The version that is written."""
        return max(self.steps, default=0) + 1

    def upgrade(self, document: dict[str, Any], where: str) -> dict[str, Any]:
        """Return a document of the newest version.

        Arguments:
            document: of any version.
            where: name of the document for the user.

        Raises:
            MmcoreError: the version is unknown.
        """
        version = document.get("format", 1)
        if type(version) is not int or not 1 <= version <= self.newest:
            raise MmcoreError(
                f"{where} has the format {version!r:.40}, expected a number from 1 to {self.newest}; if a"
                " newer version of mmcore has written it, install that version"
            )
        for number in range(version, self.newest):
            document = {**self.steps[number](document), "format": number + 1}
        return document


def read_document(path: Path, model: type[Document], versions: Versions | None = None) -> Document:
    """Return the content of a JSON file as a model of pydantic.

    Arguments:
        path: the file.
        model: of the newest version.
        versions: how documents of older versions are read; without it, there is one version.

    Raises:
        MmcoreError: the file is damaged, or an entry is missing or not valid.
    """
    return validated(read_json(path), model, f"'{path}'", versions)


def validated(
    document: Any, model: type[Document], where: str, versions: Versions | None = None
) -> Document:
    """Return a document as a model of pydantic; see `read_document`."""
    if not isinstance(document, dict):
        raise MmcoreError(f"{where} is damaged: it has {document!r:.40}, expected an object")
    if versions is not None:
        document = versions.upgrade(document, where)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise MmcoreError(sentence(error, model, where)) from error


def read_metrics(path: Path) -> list[dict[str, int | float]]:
    """Return the lines of ``metrics.jsonl``; damaged lines, and all of a file that is missing, are left out.

    A process that was killed may have written a part of its last line.
    """
    lines = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            lines.append(_LINE.validate_json(line))
        except ValidationError:
            continue
    return [line for line in lines if isinstance(line.get("step"), int)]


def write_document(path: Path, document: BaseModel | Mapping[str, Any]) -> None:
    """Write a JSON file atomically."""
    if isinstance(document, BaseModel):
        document = document.model_dump(mode="json")
    write_text(path, json.dumps(document, indent=2) + "\n")
