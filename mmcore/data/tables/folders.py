"""Folders of files that are named by id, and folders that are named by class."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mmcore.data.tables.paths import PathResolver
from mmcore.errors import MmcoreError

__all__ = ["FolderFiles", "folder_files"]

NAME, PATH = "name", "path"
"""Both ids that a file can have: its name, or its path below the folder, without the suffix."""
WILDCARDS = "*?"
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
CLUTTER = ("Thumbs.db", "desktop.ini", "__MACOSX")
"""Files and folders that operating systems add. Those that begin with a dot are left out as well."""


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The files of a folder, or of the folders in it.

    Arguments:
        folder: the path of the folder in the study.
        files: the paths of the files below it.
        ids: of the files, unique.
        stamp: changes when the files do.
        notes: remarks on the ids.
    """

    folder: str
    files: tuple[str, ...]
    ids: pd.Index
    stamp: str
    notes: tuple[str, ...] = ()

    @property
    def paths(self) -> list[str]:
        """The paths of the files in the study."""
        return [f"{self.folder}/{file}" for file in self.files]

    def classes(self) -> pd.Series:
        """Return the name of the first folder below the folder, by id, of the files that have one."""
        above = [file.split("/")[0] if "/" in file else None for file in self.files]
        return pd.Series(above, index=self.ids, dtype=object).dropna()


def folder_files(what: str, given: str, style: str | None, paths: PathResolver) -> FolderFiles:
    """Return the files of a folder, or of a pattern such as ``img/*/*.png``.

    Without a pattern, the files of the folder are meant, or those of all folders in it if it has no
    files. The id is the name of a file without its suffix; if folders contain files of the same name,
    it is the path below the folder.

    Arguments:
        what: whose folder it is, for messages.
        given: a folder or a pattern.
        style: ``name`` or ``path``, which sets the id; default: as above.
        paths: where the folder is.

    Raises:
        MmcoreError: there is no file, or an id has two.
    """
    parent, pattern = _split(given)
    root = paths.find(parent)
    if not root.is_dir():
        is_archive = Path(parent).suffix.lower() in ARCHIVES
        remedy = "unpack it, and name the folder" if is_archive else "give it by file:"
        raise MmcoreError(f"'{parent}', the folder of {what}, is not a folder; {remedy}")
    files = _matching(root, pattern) if pattern else _below(root, given, what)
    if not files:
        raise MmcoreError(
            f"the folder '{given}' of {what} is empty; expected a file for each id, named by it"
        )
    ids, notes = _ids(files, style, given)
    if ids.has_duplicates:
        twice = ids[ids.duplicated()][0]
        inner = f"{parent}/{'**/' if '/' in ''.join(files) else ''}*"
        suffixes = sorted(
            {Path(file).suffix for file, own in zip(files, ids, strict=True) if own == twice}
        )
        raise MmcoreError(
            f"the folder '{given}' has two files for the id '{twice}'; keep one, or name a pattern such as"
            f" {' or '.join(inner + suffix for suffix in suffixes)}"
        )
    return FolderFiles(parent, tuple(files), ids, _stamp(root, files), notes)


def _split(given: str) -> tuple[str, str]:
    """Return a folder and a pattern below it: ``ecg/*.hea`` is the folder ecg and ``*.hea``."""
    parts = given.split("/")
    fixed = next((n for n, part in enumerate(parts) if set(part) & set(WILDCARDS)), len(parts))
    return "/".join(parts[:fixed]) or ("/" if given.startswith("/") else "."), "/".join(
        parts[fixed:]
    )


def _matching(root: Path, pattern: str) -> list[str]:
    paths = [p for p in root.glob(pattern) if not any(map(_is_clutter, p.relative_to(root).parts))]
    for path in paths:
        if path.is_symlink() and not path.exists():
            raise MmcoreError(
                f"'{path}' is a link to a file that does not exist; fetch the file, or remove the link"
            )
    names = sorted({path.relative_to(root).as_posix() for path in paths if path.is_file()})
    for name in names:
        if not _is_text(name):
            raise MmcoreError(
                f"'{root}' has a file whose name is not UTF-8, {name!a}; rename it, because a part of"
                " its name is an id"
            )
    return names


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python has a code of its own for each byte that is not UTF-8
        return False
    return True


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name in CLUTTER


def _below(root: Path, given: str, what: str) -> list[str]:
    files = _matching(root, "*")
    folders = sorted(p.name for p in root.iterdir() if p.is_dir() and not _is_clutter(p.name))
    if files and folders:
        raise MmcoreError(
            f"the folder '{given}' of {what} has files, such as '{files[0]}', and folders, such as"
            f" '{folders[0]}'; name a pattern: {given}/* for the files, {given}/*/* for those in the folders"
        )
    return files or _matching(root, "**/*")


def _ids(files: Sequence[str], style: str | None, given: str) -> tuple[pd.Index, tuple[str, ...]]:
    paths = pd.Index([file.removesuffix(Path(file).suffix) for file in files], dtype=object)
    names = pd.Index([Path(file).stem for file in files], dtype=object)
    if style is not None:
        return (paths if style == PATH else names), ()
    if not names.has_duplicates or paths.has_duplicates:
        return names, ()
    return paths, (
        f"{given}: files in different folders have the same name, so that the id is the path, such as"
        f" '{paths[0]}'",
    )


def _stamp(root: Path, files: Sequence[str]) -> str:
    stats = [(file, (root / file).stat()) for file in files]
    lines = [f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in stats]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
