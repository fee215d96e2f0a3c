"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl

PAPER = "Suzuki, Nakayama, Matsuo (2016), arXiv:1611.01891"


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the method ``jmvae`` and the inference ``joint``."""
    return [
        ComponentSpec(
            kind="method",
            name="jmvae",
            factory="mmcore_jmvae.method:jmvae",
            settings="mmcore_jmvae.settings:JmvaeSettings",
            summary="joint encoder, and unimodal encoders that match it",
            reference=PAPER,
            facts={
                "joint posterior": "joint network, or product where modalities are missing",
                "objective": "ELBO - alpha sum_m KL(joint || expert)",
                "inference": "joint network, or product where modalities are missing",
                "lower bound": "yes, where beta and all style and likelihood weights are 1",
                "styles": "with or without",
            },
        ),
        ComponentSpec(
            kind="inference",
            name="joint",
            factory="mmcore_jmvae.encoder:joint",
            settings="mmcore_jmvae.settings:JointSettings",
            summary="joint network, or product where modalities are missing",
            reference=PAPER,
        ),
    ]
