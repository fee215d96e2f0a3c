"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, Suggestion, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``mnist``."""
    return [
        ComponentSpec(
            kind="modality",
            name="mnist",
            factory="mmcore_mnist.modality:Mnist",
            settings="mmcore_mnist.settings:MnistSettings",
            dataset="mmcore_mnist.data:MnistData",
            suggests=Suggestion(style_cross_gradient=0.1),
            summary="handwritten digits, 28 x 28 grayscale",
            reference="LeCun, Bottou, Bengio, Haffner (1998)",
        )
    ]
