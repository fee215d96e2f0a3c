"""The format of a file by its suffix, and the table in it."""

from dataclasses import replace
from pathlib import Path

from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, listed, nearest
from mmcore.plugins import Catalogue, Context

__all__ = ["BUNDLED", "format_of", "open_table", "suffixes"]

BUNDLED = "sklearn:"
"""Prefix of the tables that scikit-learn contains."""


def open_table(
    place: Path | str,
    catalogue: Catalogue | None = None,
    missing: MissingWords | None = None,
) -> OpenedTable:
    """Return the table in a file, or one that scikit-learn contains.

    Arguments:
        place: a path, or ``sklearn:NAME``.
        catalogue: contains the formats; by default the installed ones.
        missing: words that mark a missing cell; by default the usual ones.

    Raises:
        MmcoreError: the file does not exist, is empty, or has no known format.
    """
    missing = MissingWords() if missing is None else missing
    if isinstance(place, str):
        return replace(_bundled(place.removeprefix(BUNDLED)), missing=missing)
    if not place.is_file():
        raise MmcoreError(f"there is no file '{place}'; check the name and --data-dir")
    chosen = format_of(place, catalogue or Catalogue.discover())
    stat = place.stat()
    if stat.st_size == 0:
        raise MmcoreError(f"'{place}' is empty, expected a table with column names")
    opened = chosen.open(place, missing)
    if not len(opened.table):
        raise MmcoreError(f"'{place}' has column names but no rows, expected one row for each id")
    return replace(opened, stamp=f"{place} {stat.st_size} {stat.st_mtime_ns}", missing=missing)


def suffixes(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the known suffixes, each with the formats, ``distribution:name``, that declare it."""
    declared: dict[str, list[str]] = {}
    for name in catalogue.names("format"):
        for record, spec in catalogue.offers("format", name):
            for suffix in spec.facts.get("suffixes", "").lower().split():
                declared.setdefault(suffix, []).append(f"{record.distribution}:{name}")
    return declared


def format_of(path: Path, catalogue: Catalogue, raw: bool = False) -> Format:
    """Return the format of a file; of several suffixes that match, the longest decides.

    Arguments:
        path: the file.
        catalogue: contains the formats.
        raw: the option of formats that escape texts for spreadsheets; other formats ignore it.

    Raises:
        MmcoreError: no format declares the suffix, or two do.
    """
    declared = suffixes(catalogue)
    matching = [suffix for suffix in declared if path.name.lower().endswith(suffix)]
    if not matching:
        raise _unknown(path, declared, catalogue)
    suffix = max(matching, key=len)
    names = declared[suffix]
    if len(names) > 1:
        raise MmcoreError(
            f"{' and '.join(names)} are both formats of {suffix} files, expected one; disable the"
            " distribution of the other with MMCORE_PLUGINS_DENY"
        )
    has_option = "raw" in catalogue.settings_model("format", names[0]).model_fields
    options = {"raw": True} if raw and has_option else {}
    chosen: Format = Context(catalogue=catalogue).make("format", names[0], options)
    return chosen


def _unknown(path: Path, declared: dict[str, list[str]], catalogue: Catalogue) -> MmcoreError:
    suffix = path.suffix.lower()
    package = f", such as mmcore-{suffix[1:]} if it exists" if suffix else ""
    simple = [known for known in declared if known.count(".") == 1]  # not .csv.gz beside .csv
    unusable = {record.distribution for record in catalogue.records if record.status != "ok"}
    hint = f"; {listed(unusable)} cannot be used, see mmcore plugins doctor" if unusable else ""
    return MmcoreError(
        f"'{path}' has the suffix '{suffix}', expected one of {listed(simple)}; for another format"
        f" install its package{package}{hint}{nearest(suffix, simple)}"
    )


def _bundled(name: str) -> OpenedTable:
    from sklearn import datasets

    loaders = {
        "breast_cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
    }
    if name not in loaders:
        raise MmcoreError(
            f"there is no table '{BUNDLED}{name}', expected one of {listed(loaders)}"
            + nearest(name, loaders)
        )
    bunch = loaders[name](as_frame=True)
    frame = bunch.data.assign(id=[f"row{n:04d}" for n in range(1, len(bunch.data) + 1)])
    if "target_names" in bunch:
        frame["target"] = [str(bunch.target_names[code]) for code in bunch.target]
    return OpenedTable(FrameTable(frame), stamp=f"{BUNDLED}{name}")
