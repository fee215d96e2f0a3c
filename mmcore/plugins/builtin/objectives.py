"""The objectives of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["objectives"]


def objectives() -> list[ComponentSpec]:
    """Return the objectives of the core."""
    return [
        _objective(
            "elbo",
            "elbo",
            "ELBO of one joint posterior, with a single draw",
            "Sutter, Daunhawer, Vogt (2020), Eq. 6",
        ),
        _objective(
            "jensen-shannon",
            "jensen_shannon",
            "multimodal Jensen-Shannon divergence with a dynamic prior",
            "Sutter, Daunhawer, Vogt (2020), Eq. 10",
            "JensenShannonSettings",
        ),
        _objective(
            "importance-weighted",
            "importance_weighted",
            "IWAE or DReG bound of a mixture of experts",
            "Shi, Siddharth, Paige, Torr (2019)",
            "ImportanceWeightedSettings",
            posterior="mixture",
        ),
        _objective(
            "subset-elbos",
            "subset_elbos",
            "sum of the ELBOs of products of experts over subsets",
            "Wu, Goodman (2018)",
            "SubsetElbosSettings",
        ),
        _objective(
            "total-correlation",
            "total_correlation",
            "total-correlation bound of a Gaussian posterior",
            "Hwang, Kim, Hong, Kim (2021), Eq. 8",
            "TotalCorrelationSettings",
        ),
        _objective(
            "mixture-elbo",
            "mixture_elbo",
            "ELBO of a mixture, with a draw of each component",
            "Antelmi, Ayache, Robert, Lorenzi (2019)",
            "MixtureElboSettings",
            posterior="mixture",
        ),
        _objective(
            "mixture-prior",
            "mixture_prior",
            "each modality from its own expert, with the mixture of experts as prior",
            "Sutter et al. (2024), arXiv:2403.05300",
            "MixturePriorSettings",
        ),
        _objective(
            "joint-elbo",
            "joint_elbo",
            "ELBO of a Gaussian posterior that unimodal experts match",
            "Suzuki, Nakayama, Matsuo (2016), Eq. 5",
            "JointElboSettings",
        ),
        _objective(
            "triple-elbo",
            "triple_elbo",
            "ELBO of a Gaussian posterior and of each expert",
            "Vedantam, Fischer, Huang, Murphy (2018)",
            "TripleElboSettings",
        ),
        _objective(
            "cross-regularized",
            "cross_regularized",
            "product of experts and its experts, with reconstructions from both",
            "MultiVae 1.0.3",
        ),
        _objective(
            "random-subset",
            "random_subset",
            "ELBO given a random subset of the modalities of each row",
            "Wu, Goodman (2018), Section 2.3",
        ),
    ]


def _objective(
    name: str,
    place: str,
    summary: str,
    reference: str,
    settings: str | None = None,
    posterior: str = "product",
) -> ComponentSpec:
    return ComponentSpec(
        kind="objective",
        name=name,
        factory=f"mmcore.objectives.factories:{place}",
        settings=f"mmcore.config.parts:{settings}" if settings else None,
        summary=summary,
        reference=reference,
        facts={"posterior": posterior},
    )
