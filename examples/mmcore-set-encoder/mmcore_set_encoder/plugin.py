"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl

PAPER = "Hirt, Campolo, Leong, Ortega (2023), arXiv:2309.00380"


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the method ``set-encoder`` and the inference ``set``."""
    return [
        ComponentSpec(
            kind="method",
            name="set-encoder",
            factory="mmcore_set_encoder.method:set_encoder",
            settings="mmcore_set_encoder.settings:SetEncoderSettings",
            summary="one encoder for all subsets of modalities",
            reference=PAPER,
            facts={
                "posterior": "set network",
                "inference": "set network",
                "lower bound": "no: q(c | x_K) stands for the posterior given x_K",
                "styles": "with or without",
            },
        ),
        ComponentSpec(
            kind="inference",
            name="set",
            factory="mmcore_set_encoder.encoder:set_network",
            settings="mmcore_set_encoder.settings:SetSettings",
            summary="network of the sum of features of the modalities",
            reference=PAPER,
        ),
    ]
