"""What this distribution offers; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``image``."""
    return [
        ComponentSpec(
            kind="modality",
            name="image",
            factory="mmcore_image.modality:Picture",
            settings="mmcore_image.settings:ImageSettings",
            reader="mmcore_image.reader:ImageReader",
            summary="pictures from files, grey or colour, brought to one size",
            example={"height": 12, "width": 9, "features": 4},
            facts={"reads folders of": ".png .jpg .jpeg .tif .tiff .npy"},
        )
    ]
