"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the experiments of the paper."""
    return [
        ComponentSpec(
            kind="experiment",
            name="mnist-svhn-text",
            factory="mmcore_paper.experiments:mnist_svhn_text",
            summary="MVAE, MMVAE and mmJSD on three modalities, Tables 1 to 4",
            reference="Sutter, Daunhawer, Vogt (2020), Section 4.2",
        ),
        ComponentSpec(
            kind="experiment",
            name="celeba",
            factory="mmcore_paper.experiments:celeba",
            summary="MVAE, MMVAE and mmJSD with subspaces on faces and attributes, Table 5",
            reference="Sutter, Daunhawer, Vogt (2020), Section 4.3",
        ),
    ]
