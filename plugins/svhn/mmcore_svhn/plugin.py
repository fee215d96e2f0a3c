"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, Suggestion, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``svhn``."""
    return [
        ComponentSpec(
            kind="modality",
            name="svhn",
            factory="mmcore_svhn.modality:Svhn",
            settings="mmcore_svhn.settings:SvhnSettings",
            dataset="mmcore_svhn.data:SvhnData",
            suggests=Suggestion(style_cross_gradient=0.1),
            published={"tint": False},
            summary="house numbers from street view, 32 x 32 color",
            reference="Netzer, Wang, Coates, Bissacco, Wu, Ng (2011)",
        )
    ]
