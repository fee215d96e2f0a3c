"""The components of the core, registered through the same hook as those of plug-ins."""

from mmcore.plugins.builtin_formats import formats
from mmcore.plugins.hookspecs import hookimpl
from mmcore.plugins.spec import ComponentSpec

__all__ = ["mmcore_components"]

IF_ALL_ONE = "yes, where beta and all style and likelihood weights are 1"
STYLES = "with or without"
_MODULES = {
    "mmvae": "mixtures",
    "mmvaeplus": "mixtures",
    "mopoe": "mixtures",
    "mvae": "products",
    "mvtcae": "products",
    "dmvae": "products",
}


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the components of the core."""
    return [
        *_aggregators(),
        *_priors(),
        *_inferences(),
        *_objectives(),
        *_methods(),
        *formats(),
    ]


def _aggregators() -> list[ComponentSpec]:
    return [
        _aggregator(
            "geometric",
            "geometric",
            "weighted geometric mean of the densities, normalised",
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


def _objectives() -> list[ComponentSpec]:
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


def _priors() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="prior",
            name="standard",
            factory="mmcore.priors.standard:standard",
            summary="standard normal distribution N(0, I)",
        )
    ]


def _inferences() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="inference",
            name="fusion",
            factory="mmcore.fusion:fusion",
            settings="mmcore.config.components:FusionSettings",
            summary="abstract mean of unimodal experts, by an aggregator",
        )
    ]


def _methods() -> list[ComponentSpec]:
    return [
        _method(
            "mmjsd",
            "MmJsd",
            "mixture posterior, dynamic prior, Jensen-Shannon divergence",
            "Sutter, Daunhawer, Vogt (2020), Eq. 10",
            {
                "posterior": "mixture",
                "dynamic prior": "geometric; any aggregator by dynamic_prior",
                "inference": "the dynamic prior's aggregator with N(0, I)",
                "lower bound": "no: the dynamic prior depends on X (docs/design/001)",
                "styles": STYLES,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "mvae",
            "Mvae",
            "product of experts; joint, unimodal and k random-subset ELBOs",
            "Wu, Goodman (2018)",
            {
                "posterior": "product with N(0, I)",
                "dynamic prior": "none",
                "inference": "product with N(0, I)",
                "lower bound": "no: it adds ELBOs of subsets; of the joint alone, if all weights are 1",
                "styles": STYLES,
                "passes": "M encoders, M decoders over 1 + 1 + k draws",
            },
        ),
        _method(
            "mmvae",
            "Mmvae",
            "mixture of experts; single-draw ELBO, IWAE or DReG",
            "Shi, Siddharth, Paige, Torr (2019); as in Sutter, Daunhawer, Vogt (2020), Eq. 6",
            {
                "posterior": "mixture",
                "dynamic prior": "none",
                "inference": "mixture",
                "lower bound": IF_ALL_ONE,
                "styles": STYLES,
                "passes": "M encoders, M decoders; over M K draws for iwae and dreg",
            },
        ),
        _method(
            "mopoe",
            "Mopoe",
            "mixture of products over all subsets",
            "Sutter, Daunhawer, Vogt (2021)",
            {
                "posterior": "mopoe",
                "dynamic prior": "none",
                "inference": "mopoe",
                "lower bound": IF_ALL_ONE,
                "styles": STYLES,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "mvtcae",
            "Mvtcae",
            "product of experts with the total-correlation bound",
            "Hwang, Kim, Hong, Kim (2021)",
            {
                "posterior": "product",
                "dynamic prior": "none",
                "inference": "product",
                "lower bound": "no; with alpha = 0 " + IF_ALL_ONE,
                "styles": STYLES,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "mmvaeplus",
            "MmvaePlus",
            "mixture of experts with private latents and auxiliary priors",
            "Palumbo, Daunhawer, Vogt (2023)",
            {
                "posterior": "mixture",
                "dynamic prior": "none; learned auxiliary priors of the styles",
                "inference": "mixture",
                "lower bound": "no: of models whose private priors are the auxiliary ones",
                "styles": "with",
                "passes": "M encoders, M decoders over M K draws",
            },
        ),
        _method(
            "dmvae",
            "Dmvae",
            "shared and private latents, product posterior, cross-reconstruction",
            "Lee, Pavlovic (2021)",
            {
                "posterior": "product with N(0, I)",
                "dynamic prior": "none",
                "inference": "product with N(0, I)",
                "lower bound": "no: it adds M + 1 ELBOs",
                "styles": "with",
                "passes": "M encoders, M decoders over M + 1 draws",
            },
        ),
        _method(
            "custom",
            "Custom",
            "any aggregator with any objective",
            "",
            {"posterior": "by option", "lower bound": "not said", "styles": STYLES},
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


def _method(
    name: str, stem: str, summary: str, reference: str, facts: dict[str, str]
) -> ComponentSpec:
    return ComponentSpec(
        kind="method",
        name=name,
        factory=f"mmcore.methods.{_MODULES.get(name, name)}:{name}",
        settings=f"mmcore.config.components:{stem}Settings",
        summary=summary,
        reference=reference,
        facts=facts,
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
