"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, Suggestion, hookimpl

PAPER = Suggestion(content_dim=32, style_dim=32, prior_weight=0.3)
"""Weight of the prior in the experiment of the paper; the two modalities have .35 each."""


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modalities ``celeba-image`` and ``celeba-text``."""
    return [
        ComponentSpec(
            kind="modality",
            name="celeba-image",
            factory="mmcore_celeba.image:CelebaImage",
            settings="mmcore_celeba.settings:ImageSettings",
            dataset="mmcore_celeba.data:FacesData",
            suggests=PAPER,
            example={"width": 16},
            summary="faces of celebrities, 64 x 64 color",
            reference="Liu, Luo, Wang, Tang (2015)",
        ),
        ComponentSpec(
            kind="modality",
            name="celeba-text",
            factory="mmcore_celeba.text:CelebaText",
            settings="mmcore_celeba.settings:TextSettings",
            dataset="mmcore_celeba.data:DescriptionsData",
            suggests=PAPER,
            example={"width": 16},
            summary="the names of the attributes of a face, at a random position in 256 characters",
            reference="Sutter, Daunhawer, Vogt (2020)",
        ),
    ]
