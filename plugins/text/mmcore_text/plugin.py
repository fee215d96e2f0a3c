"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, Suggestion, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``text``."""
    return [
        ComponentSpec(
            kind="modality",
            name="text",
            factory="mmcore_text.modality:Text",
            settings="mmcore_text.settings:TextSettings",
            dataset="mmcore_text.data:TextData",
            suggests=Suggestion(style_cross_gradient=0.1),
            summary="the name of a digit at a random position in 8 characters",
            reference="Sutter, Daunhawer, Vogt (2020)",
        )
    ]
