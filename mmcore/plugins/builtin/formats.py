"""The file formats of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["formats"]

COMPRESSED = ("", ".gz", ".bz2", ".zst", ".zip")
DELIMITED = "mmcore.config.components:DelimitedSettings"


def formats() -> list[ComponentSpec]:
    """Return the file formats of the core."""
    return [
        _format(
            "csv", "delimited:csv", f"{_any('.csv')} .zip", "comma-separated values", DELIMITED
        ),
        _format(
            "tsv", "delimited:tsv", _any(".tsv", ".tab", ".txt"), "tab-separated values", DELIMITED
        ),
        _format("parquet", "parquet:Parquet", ".parquet .pq", "typed columns, compressed"),
    ]


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
        summary=f"{summary}: {', '.join(s for s in suffixes.split() if s.count('.') == 1)}",
        facts={"suffixes": suffixes},
    )
