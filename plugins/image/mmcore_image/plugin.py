"""The components of this distribution; no torch is imported here."""

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
            summary="images from files, grayscale or color, resized to one size",
            example={"height": 12, "width": 9, "features": 4},
            facts={"reads folders of": ".png .jpg .jpeg .tif .tiff .npy"},
        )
    ]
