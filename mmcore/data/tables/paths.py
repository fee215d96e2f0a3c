"""Resolution of the paths in a study to files."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mmcore.config.study import StudyData
from mmcore.errors import MmcoreError
from mmcore.storage.files import data_folder

__all__ = ["PathResolver", "split_pattern"]

LONGEST, MOST, SHOWN = 255, 4000, 40
"""Bytes of a name of a file, and characters of a path, and of one in a message."""


@dataclass(frozen=True, slots=True)
class PathResolver:
    """Finds the files of a study.

    Arguments:
        base: the study file's folder.
        root: the data folder, which is searched after ``base``.
        allow_outside: whether a path may leave both folders.
        used: by name of the input, its files, as far as they have been resolved.
    """

    base: Path
    root: Path
    allow_outside: bool = False
    used: dict[str, dict[Path, None]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, study: StudyData, data_dir: Path | None) -> "PathResolver":
        """Return the resolver of a study; ``data_dir`` is the value of ``--data-dir``."""
        return cls(Path(study.base), data_folder(data_dir), study.allow_outside)

    def of_input(self, source: str, beside: str = "") -> Callable[[str], Path]:
        """Return `find`, which adds every file that it returns to the files of an input.

        Arguments:
            source: name of the input: a table, or a folder of files.
            beside: a folder in which a file is looked up if the study's folder does not have it.
        """

        def find(name: str) -> Path:
            _check_length(name)
            own = f"{beside}/{name}"
            is_beside = not (self.base / name).exists() and (self.base / own).is_file()
            place = self.find(own if beside and is_beside else name)
            if place.is_file():
                self.used.setdefault(source, {})[place] = None
            return place

        return find

    def find(self, name: str) -> Path:
        """Return the file or folder of a path in the study file or in a cell.

        Raises:
            MmcoreError: the path leaves the folders, or does not exist.
        """
        _check_length(name)
        inside = []
        for folder in (self.base, self.root):
            place = folder / name
            # Dots are resolved, links are not: a folder may hold links to large data elsewhere.
            within = Path(os.path.abspath(place)).is_relative_to(os.path.abspath(folder))
            if within or self.allow_outside:
                inside.append(place)
        if not inside:
            raise MmcoreError(
                f"'{name}' lies outside the study's folder '{self.base}'; copy it there, or set"
                " allow_outside: true in the study file and add --allow-outside to the command"
            )
        for place in inside:
            if place.exists() or _is_matched(place):
                return place
        tried = " or ".join(f"'{place}'" for place in inside)
        if "\\" in name:
            raise MmcoreError(f"there is no {tried}; write '/' between folders in place of '\\'")
        raise MmcoreError(
            f"there is no {tried}; see the spelling, or name the data's folder with --data-dir or MMCORE_DATA"
        )


def split_pattern(place: Path) -> tuple[Path, str]:
    """Return the folder and the rest of a pattern such as ``visits/*.parquet``; the rest may be empty."""
    parts = place.parts
    fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?")), len(parts))
    return Path(*parts[:fixed]), "/".join(parts[fixed:])


def _is_matched(place: Path) -> bool:
    """Return whether a path is a pattern that matches a file."""
    folder, pattern = split_pattern(place)
    return bool(pattern) and any(folder.glob(pattern))


def _check_length(name: str) -> None:
    """Check the length of a path, before the system refuses it."""
    if max(map(len, name.encode().split(b"/"))) > LONGEST or len(name) > MOST:
        raise MmcoreError(
            f"'{name[:SHOWN]}...' has {len(name):,} characters, expected the path of a file; files in texts,"
            " such as base64, are not read: write them as bytes to a column of a Parquet file"
        )
