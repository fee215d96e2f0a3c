"""The components of this distribution; neither torch nor transformers is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modalities ``hf-text`` and ``hf-image``."""
    return [
        ComponentSpec(
            kind="modality",
            name="hf-text",
            factory="mmcore_transformers.text:HfText",
            settings="mmcore_transformers.settings:HfTextSettings",
            dataset="mmcore_transformers.captions:captions",
            reader="mmcore_transformers.reader:TextReader",
            suggests="mmcore_transformers.suggesting:text_suggestion",
            summary="texts: any encoder of transformers, an autoregressive decoder",
            reference="Wolf et al. (2020)",
        ),
        ComponentSpec(
            kind="modality",
            name="hf-image",
            factory="mmcore_transformers.image:HfImage",
            settings="mmcore_transformers.settings:HfImageSettings",
            dataset="mmcore_transformers.pictures:pictures",
            summary="images: any encoder of transformers, a convolutional decoder",
            reference="Wolf et al. (2020)",
        ),
    ]
