"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``characters``."""
    return [
        ComponentSpec(
            kind="modality",
            name="characters",
            factory="mmcore_characters.modality:Characters",
            settings="mmcore_characters.settings:CharacterSettings",
            reader="mmcore_characters.reader:CharacterReader",
            summary="short texts as sequences of characters",
            example={"length": 9, "alphabet": "abc", "width": 8},
            facts={"reads folders of": ".txt .md"},
        )
    ]
