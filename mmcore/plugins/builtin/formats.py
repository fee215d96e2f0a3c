"""The file formats of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["formats"]

FOLDERS = "state.json dataset_dict.json"
"""Whole names: a folder with such a file is a table."""
TENX = "matrix.mtx matrix.mtx.gz"
"""Whole names in folders of 10x Genomics."""
COMPRESSED = ("", ".gz", ".bz2", ".zst", ".zip")


def formats() -> list[ComponentSpec]:
    """Return the file formats of the core."""
    delimited = _of("Delimited")
    return [
        _format("csv", "delimited:csv", f"{_any('.csv')} .zip", "comma-separated", delimited),
        _format("tsv", "delimited:tsv", _any(".tsv", ".tab", ".txt"), "tab-separated", delimited),
        _format("parquet", "parquet:Parquet", ".parquet .pq", "typed columns, compressed"),
        _format("feather", "feather:Feather", ".feather .arrow .ipc", "typed columns of Arrow"),
        _format("jsonl", "jsonl:JsonLines", ".jsonl .ndjson", "an object of JSON in each line"),
        _format("excel", "excel:Excel", ".xlsx .xlsm", "a sheet, mmcore[excel]", _of("Excel")),
        _format("numpy", "arrays:Numpy", ".npy .npz", "arrays, read only", _of("Array")),
        _format("mtx", "arrays:MatrixMarket", f".mtx .mtx.gz {TENX}", "sparse matrices, read only"),
        _format("sqlite", "sqlite:Sqlite", ".sqlite .sqlite3 .db", "read only", _of("Database")),
        _format("duckdb", "duck:DuckDb", ".duckdb", "read only, mmcore[duckdb]", _of("Database")),
        _format("hdf5", "hdf5:Hdf5", ".h5 .hdf5", "arrays, mmcore[hdf5]", _of("Array")),
        _format("huggingface", "huggingface:HuggingFace", FOLDERS, "folders of save_to_disk"),
        _format("h5ad", "annotated:H5ad", ".h5ad", "read only, mmcore[anndata]", _of("AnnData")),
        _format("h5mu", "annotated:H5mu", ".h5mu", "read only, mmcore[anndata]", _of("MuData")),
    ]


def _of(stem: str) -> str:
    return f"mmcore.config.layout:{stem}Settings"


def _any(*suffixes: str) -> str:
    """Return the suffixes without and with those of a compression."""
    return " ".join(suffix + end for suffix in suffixes for end in COMPRESSED)


def _format(
    name: str, place: str, suffixes: str, summary: str, settings: str | None = None
) -> ComponentSpec:
    return ComponentSpec(
        kind="format",
        name=name,
        factory=f"mmcore.data.tables.formats.{place}",
        settings=settings,
        summary=f"{summary}: {', '.join(s for s in suffixes.split() if s.count('.') == 1 and s not in TENX)}",
        facts={"suffixes": suffixes},
    )
