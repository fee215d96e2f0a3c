"""The aggregators, priors, joint posteriors and objectives of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["aggregators", "inferences", "objectives", "priors"]


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
            "MixtureOfProductsSettings",
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
    ]


def priors() -> list[ComponentSpec]:
    """Return the priors of the core."""
    return [
        ComponentSpec(
            kind="prior",
            name="standard",
            factory="mmcore.priors.standard:standard",
            summary="standard normal distribution N(0, I)",
        )
    ]


def inferences() -> list[ComponentSpec]:
    """Return the inferences of the core."""
    return [
        ComponentSpec(
            kind="inference",
            name="fusion",
            factory="mmcore.fusion:fusion",
            settings="mmcore.config.components:FusionSettings",
            summary="abstract mean of unimodal experts, by an aggregator",
        )
    ]


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
    ]


def _aggregator(
    name: str, place: str, summary: str, reference: str, settings: str | None = None
) -> ComponentSpec:
    return ComponentSpec(
        kind="aggregator",
        name=name,
        factory=f"mmcore.aggregators.factories:{place}",
        settings=f"mmcore.config.components:{settings}" if settings else None,
        summary=summary,
        reference=reference,
    )


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
        settings=f"mmcore.config.components:{settings}" if settings else None,
        summary=summary,
        reference=reference,
        facts={"posterior": posterior},
    )
