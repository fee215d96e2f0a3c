"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl

REFERENCE = "Sutter, Daunhawer, Vogt (2021)"


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the five modalities, and the experiment with them."""
    return [
        *(_modality(number) for number in range(5)),
        ComponentSpec(
            kind="experiment",
            name="polymnist",
            factory="mmcore_polymnist.experiment:polymnist",
            summary="coherence, quality and representation of methods given 1 to 4 of 5 modalities",
            reference=f"{REFERENCE}, Section 4.2",
        ),
    ]


def _modality(number: int) -> ComponentSpec:
    return ComponentSpec(
        kind="modality",
        name=f"polymnist-m{number}",
        factory="mmcore_polymnist.modality:Polymnist",
        settings="mmcore_polymnist.settings:PolymnistSettings",
        dataset=f"mmcore_polymnist.data:M{number}",
        example={"width": 4},
        summary=f"handwritten digits on texture {number} of 5, 28 x 28 color",
        reference=REFERENCE,
    )
