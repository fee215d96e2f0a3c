"""The aggregators, priors and joint posteriors of the core."""

from typing import Any

from mmcore.plugins.spec import ComponentSpec

__all__ = ["aggregators", "inferences", "priors"]


def aggregators() -> list[ComponentSpec]:
    """Return the aggregators of the core."""
    return [
        _aggregator(
            "geometric",
            "geometric",
            "weighted geometric mean of the densities, normalized",
            "Sutter, Daunhawer, Vogt (2020), Definition 3",
        ),
        _aggregator(
            "arithmetic",
            "mixture",
            "weighted arithmetic mean of the densities: a mixture",
            "Sutter, Daunhawer, Vogt (2020), Definition 2",
        ),
        _aggregator(
            "mixture",
            "mixture",
            "mixture of experts, another name of arithmetic",
            "Shi, Siddharth, Paige, Torr (2019)",
        ),
        _aggregator("product", "product", "product of experts", "Wu, Goodman (2018)"),
        _aggregator(
            "mopoe",
            "mixture_of_products",
            "mixture of the products of all subsets",
            "Sutter, Daunhawer, Vogt (2021)",
            "MixtureOfSubsetsSettings",
        ),
        _aggregator(
            "barycenters",
            "mixture_of_barycenters",
            "mixture of the Wasserstein barycenters of all subsets",
            "Qiu et al. (2025), arXiv:2412.20487",
            "MixtureOfSubsetsSettings",
        ),
        _aggregator(
            "hoelder",
            "hoelder",
            "normalized mean of square roots: a mixture of experts and of pairwise geometric means",
            "arXiv:2606.13381",
        ),
        _aggregator(
            "helvae",
            "helvae",
            "Gaussian with the moments of hoelder",
            "arXiv:2601.06572",
        ),
        _aggregator(
            "moments",
            "moments",
            "Gaussian with the moments of the mixture of experts",
            "",
        ),
        _aggregator(
            "consensus",
            "consensus",
            "consensus of experts with correlated errors",
            "Winkler (1981)",
            "ConsensusSettings",
        ),
        _aggregator(
            "wasserstein",
            "wasserstein",
            "Wasserstein barycenter: mean of means and of standard deviations",
            "Agueh, Carlier (2011)",
        ),
        _aggregator(
            "power",
            "power",
            "power mean of the variances, from the sharpest to the vaguest expert",
            "",
            "PowerMeanSettings",
        ),
        _aggregator(
            "learned-power",
            "learned_power",
            "power mean of the variances with a learned power",
            "",
            "LearnedPowerSettings",
        ),
    ]


def priors() -> list[ComponentSpec]:
    """Return the priors of the core."""
    return [
        ComponentSpec(
            kind="prior",
            name="standard",
            factory="mmcore.priors.standard:standard",
            summary="standard normal distribution N(0, I)",
        ),
        ComponentSpec(
            kind="prior",
            name="clusters",
            factory="mmcore.priors.clusters:clusters",
            settings="mmcore.config.parts:ClustersSettings",
            summary="mixture of Gaussians of variance 1, trained with the model",
            reference="Palumbo, Manduchi, Laguna, Chopard, Vogt (2024)",
        ),
        _prior("gaussian", "mixture:gaussian", "Gaussian with a full covariance", ""),
        _prior(
            "mixture",
            "mixture:mixture",
            "mixture of Gaussians with full covariances",
            "Dempster, Laird, Rubin (1977)",
            "MixturePriorSettings",
        ),
        _prior(
            "flow",
            "flow:flow",
            "neural spline flow",
            "Durkan, Bekasov, Murray, Papamakarios (2019)",
            "FlowPriorSettings",
            {"transforms": 2, "width": 8},
        ),
        _prior(
            "diffusion",
            "diffusion:diffusion",
            "diffusion model with the density of its probability flow",
            "Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole (2021)",
            "DiffusionPriorSettings",
            {"width": 8, "steps": 10},
        ),
    ]


def inferences() -> list[ComponentSpec]:
    """Return the inferences of the core."""
    return [
        ComponentSpec(
            kind="inference",
            name="fusion",
            factory="mmcore.fusion:fusion",
            settings="mmcore.config.parts:FusionSettings",
            summary="abstract mean of unimodal experts, by an aggregator",
        ),
        ComponentSpec(
            kind="inference",
            name="generalized-product",
            factory="mmcore.posteriors.generalized:generalized_product",
            summary="product of experts with learned weights for each dimension",
            reference="Cao, Fleet (2014)",
        ),
        ComponentSpec(
            kind="inference",
            name="joint",
            factory="mmcore.posteriors.joint:joint",
            settings="mmcore.config.parts:JointSettings",
            summary="joint network, or product of experts where modalities are missing",
            reference="Suzuki, Nakayama, Matsuo (2016)",
        ),
        ComponentSpec(
            kind="inference",
            name="consensus-of-subsets",
            factory="mmcore.posteriors.subsets:consensus_of_subsets",
            settings="mmcore.config.parts:ConsensusSettings",
            summary="mixture of the consensus of all subsets, with learned weights",
            reference="Mancisidor, Jenssen, Yu, Kampffmeyer (2025)",
        ),
    ]


def _prior(
    name: str,
    place: str,
    summary: str,
    reference: str,
    settings: str | None = None,
    example: dict[str, Any] | None = None,
) -> ComponentSpec:
    return ComponentSpec(
        kind="prior",
        name=name,
        factory=f"mmcore.priors.{place}",
        settings=f"mmcore.config.priors:{settings}" if settings else None,
        example=example or {},
        summary=summary,
        reference=reference,
    )


def _aggregator(
    name: str, place: str, summary: str, reference: str, settings: str | None = None
) -> ComponentSpec:
    return ComponentSpec(
        kind="aggregator",
        name=name,
        factory=f"mmcore.aggregators.factories:{place}",
        settings=f"mmcore.config.parts:{settings}" if settings else None,
        summary=summary,
        reference=reference,
    )
