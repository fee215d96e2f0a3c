"""The file formats of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["formats"]

DELIMITED = "mmcore.config.components:DelimitedSettings"


def formats() -> list[ComponentSpec]:
    """Return the file formats of the core."""
    return [
        _format("csv", "delimited:csv", ".csv", "comma-separated values", DELIMITED),
        _format("tsv", "delimited:tsv", ".tsv .txt", "tab-separated values", DELIMITED),
        _format("parquet", "parquet:Parquet", ".parquet .pq", "typed columns, compressed"),
    ]


def _format(
    name: str, place: str, suffixes: str, summary: str, settings: str | None = None
) -> ComponentSpec:
    return ComponentSpec(
        kind="format",
        name=name,
        factory=f"mmcore.data.tables.formats.{place}",
        settings=settings,
        summary=f"{summary}: {', '.join(suffixes.split())}",
        facts={"suffixes": suffixes},
    )
