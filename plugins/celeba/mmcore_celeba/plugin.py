"""What this distribution offers; no torch is imported here."""

from mmcore.plugins import ComponentSpec, Suggestion, hookimpl

PAPER = Suggestion(content_dim=32, style_dim=32, prior_weight=0.3)
"""As in the paper's experiment: the prior has .30, the two modalities .35 each."""


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
            summary="faces of celebrities, 64 x 64 colour",
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
            summary="the attributes of a face in words, 256 characters from a random start",
            reference="Sutter, Daunhawer, Vogt (2020)",
        ),
    ]
