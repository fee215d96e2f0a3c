"""The format of a file by its suffix, and the table in it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmcore.data.tables.columns import stamps
from mmcore.data.tables.formats.base import Format, OpenedTable
from mmcore.data.tables.formats.shards import open_shards, shards_of
from mmcore.data.tables.missing import MissingWords
from mmcore.data.tables.records import FrameTable
from mmcore.errors import MmcoreError, documented, listed, nearest
from mmcore.plugins import Catalogue, Context

__all__ = ["BUNDLED", "format_of", "is_table", "open_table", "suffixes"]

BUNDLED = "sklearn:"
"""Prefix of the tables that scikit-learn contains."""
CONVERSIONS = {
    ".rds": 'R: write.csv(readRDS("a.rds"), "a.csv")',
    ".rdata": 'R: load("a.RData"), then write.csv(TABLE, "a.csv")',
    ".sav": 'pandas and pyreadstat: pd.read_spss("a.sav").to_parquet("a.parquet")',
    ".dta": 'pandas: pd.read_stata("a.dta").to_parquet("a.parquet")',
    ".sas7bdat": 'pandas: pd.read_sas("a.sas7bdat", encoding="utf-8").to_parquet("a.parquet")',
    ".xpt": 'pandas: pd.read_sas("a.xpt", encoding="utf-8").to_parquet("a.parquet")',
    ".mat": 'scipy and pandas: pd.DataFrame(loadmat("a.mat")["NAME"]).to_parquet("a.parquet")',
    ".xls": 'pandas and xlrd: pd.read_excel("a.xls").to_excel("a.xlsx", index=False)',
    ".ods": 'pandas and odfpy: pd.read_excel("a.ods").to_excel("a.xlsx", index=False)',
    ".xlsb": 'pandas and pyxlsb: pd.read_excel("a.xlsb").to_excel("a.xlsx", index=False)',
    ".json": 'pandas: pd.read_json("a.json").to_json("a.jsonl", orient="records", lines=True)',
    ".orc": 'pandas: pd.read_orc("a.orc").to_parquet("a.parquet")',
    ".loom": 'anndata: anndata.io.read_loom("a.loom").write_h5ad("a.h5ad")',
    ".zarr": 'anndata: anndata.io.read_zarr("a.zarr").write_h5ad("a.h5ad")',
    ".pkl": 'pandas, if you trust its author: pd.read_pickle("a.pkl").to_parquet("a.parquet")',
    ".pickle": 'pandas, if you trust its author: pd.read_pickle("a.pickle").to_parquet("a.parquet")',
}
"""Commands that convert a file without a reader, by suffix."""


@documented("formats")
def open_table(
    place: Path | str,
    catalogue: Catalogue | None = None,
    missing: MissingWords | None = None,
    options: Mapping[str, Any] | None = None,
) -> OpenedTable:
    """Return the table in a file or in several Parquet files, or one that scikit-learn contains.

    Arguments:
        place: a file, a folder or a pattern such as ``visits/*.parquet``, or ``sklearn:NAME``.
        catalogue: contains the formats; by default the installed ones.
        missing: words that mark a missing cell; by default the usual ones.
        options: of the format, such as the name of a sheet.

    Raises:
        MmcoreError: the file does not exist, is empty, has no known format, or this has no such option.
    """
    missing = MissingWords() if missing is None else missing
    if isinstance(place, str):
        return replace(_bundled(place.removeprefix(BUNDLED)), missing=missing)
    catalogue = catalogue or Catalogue.discover()
    shards = shards_of(place)
    if shards:
        return replace(open_shards(shards, place), missing=missing)
    if place.is_dir():
        place = _of_folder(place, catalogue)
    if not place.is_file():
        raise MmcoreError(f"there is no file '{place}'; check the name and --data-dir")
    chosen = format_of(place, catalogue, options=options)
    if place.stat().st_size == 0:
        raise MmcoreError(f"'{place}' is empty, expected a table with column names")
    opened = chosen.open(place, missing)
    if not len(opened.table):
        raise MmcoreError(f"'{place}' has column names but no rows, expected one row for each id")
    stamp = " ".join(stamps([place, *opened.beside]))
    return replace(opened, stamp=stamp, missing=missing)


def is_table(place: Path, catalogue: Catalogue) -> bool:
    """Return whether a path is a file, or a folder that is a table, such as a data set of Hugging Face."""
    return not place.is_dir() or bool(_tables_of(place, catalogue) or shards_of(place))


def _tables_of(folder: Path, catalogue: Catalogue) -> list[Path]:
    """Return the files by which a folder is a table: their whole name is that of a format."""
    names = [name for name in suffixes(catalogue) if not name.startswith(".")]
    return [folder / name for name in names if (folder / name).is_file()]


def _of_folder(folder: Path, catalogue: Catalogue) -> Path:
    for place in _tables_of(folder, catalogue):
        return place
    declared = suffixes(catalogue)
    if folder.suffix.lower() in CONVERSIONS:
        raise _unknown(folder, declared, catalogue)
    names = [name for name in declared if not name.startswith(".")]
    raise MmcoreError(
        f"'{folder}' is a folder, expected a file, a folder of Parquet files, or a data set with"
        f" {' or '.join(names)}; for a folder of pictures or texts write folder: in place of file:"
    )


def suffixes(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the known suffixes, each with the formats, ``distribution:name``, that declare it."""
    declared: dict[str, list[str]] = {}
    for name in catalogue.names("format"):
        for record, spec in catalogue.offers("format", name):
            for suffix in spec.facts.get("suffixes", "").lower().split():
                declared.setdefault(suffix, []).append(f"{record.distribution}:{name}")
    return declared


def format_of(
    path: Path,
    catalogue: Catalogue,
    raw: bool = False,
    options: Mapping[str, Any] | None = None,
) -> Format:
    """Return the format of a file; of several suffixes that match, the longest decides.

    Arguments:
        path: the file.
        catalogue: contains the formats.
        raw: the option of formats that escape texts for spreadsheets; other formats ignore it.
        options: further options of the format.

    Raises:
        MmcoreError: no format declares the suffix, two do, or the format has no such option.
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
    known = catalogue.settings_model("format", names[0]).model_fields
    unknown = [option for option in options or {} if option not in known]
    if unknown:
        raise _without_option(path, unknown[0], names[0], catalogue)
    given = {**(options or {}), **({"raw": True} if raw and "raw" in known else {})}
    chosen: Format = Context(catalogue=catalogue).make("format", names[0], given)
    return chosen


def _without_option(path: Path, option: str, name: str, catalogue: Catalogue) -> MmcoreError:
    having = [
        other
        for other in catalogue.names("format")
        if option in catalogue.settings_model("format", other).model_fields
    ]
    return MmcoreError(
        f"'{path}' is read as {name.rpartition(':')[2]}, which has no '{option}'; formats that have it:"
        f" {listed(having)}; remove '{option}' from the study file"
    )


def _unknown(path: Path, declared: dict[str, list[str]], catalogue: Catalogue) -> MmcoreError:
    suffix = path.suffix.lower()
    if suffix in CONVERSIONS:
        return MmcoreError(
            f"'{path}' has the suffix '{suffix}', which has no reader; convert it with {CONVERSIONS[suffix]}"
        )
    package = f", such as mmcore-{suffix[1:]} if it exists" if suffix else ""
    simple = [known for known in declared if known.rfind(".") == 0]  # not .csv.gz beside .csv
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
