"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``table``."""
    return [
        ComponentSpec(
            kind="modality",
            name="table",
            factory="mmcore_table.modality:Table",
            settings="mmcore_table.settings:TableSettings",
            reader="mmcore_table.reader:TableReader",
            summary="rows with columns of different types and missing cells",
            example={
                "fitted": [{"name": "a", "kind": "real"}, {"name": "b", "kind": "count"}],
                "width": 8,
            },
            facts={"reads files of": "tables"},
        )
    ]
