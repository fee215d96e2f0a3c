"""The methods of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["methods"]

IF_ALL_ONE = "yes, where beta and all style and likelihood weights are 1"
STYLES = "with or without"
_MODULES = {
    "mmvae": "mixtures",
    "mmvaeplus": "mixtures",
    "mopoe": "mixtures",
    "mvae": "products",
    "mvtcae": "products",
    "dmvae": "products",
    "crmvae": "products",
    "gpoe": "products",
    "mwbvae": "mixtures",
    "mcvae": "mixtures",
    "helvae": "hoelder",
    "jmvae": "joint",
    "telbo": "joint",
}


def methods() -> list[ComponentSpec]:
    """Return the methods of the core."""
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
                "inference": "product with N(0, I)",
                "lower bound": "no: it adds ELBOs of subsets; of the joint alone, if all weights are 1",
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
                "inference": "mixture",
                "lower bound": IF_ALL_ONE,
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
                "inference": "mopoe",
                "lower bound": IF_ALL_ONE,
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
                "inference": "product",
                "lower bound": "no; with alpha = 0 " + IF_ALL_ONE,
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
                "inference": "product with N(0, I)",
                "lower bound": "no: it adds M + 1 ELBOs",
                "styles": "with",
                "passes": "M encoders, M decoders over M + 1 draws",
            },
        ),
        _method(
            "mmvm",
            "Mmvm",
            "own experts aligned by a mixture-of-experts prior",
            "Sutter et al. (2024), arXiv:2403.05300",
            {
                "posterior": "each expert for its own modality",
                "dynamic prior": "mixture of the experts, and N(0, I) by alpha",
                "inference": "mixture",
                "lower bound": "no: the prior depends on X",
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "hoelder",
            "Hoelder",
            "Hoelder mean: experts and pairwise geometric means",
            "arXiv:2606.13381",
            {
                "posterior": "hoelder",
                "inference": "hoelder",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders over M (M + 1) / 2 draws",
            },
        ),
        _method(
            "helvae",
            "Helvae",
            "Gaussian with the moments of the Hoelder mean",
            "arXiv:2601.06572",
            {
                "posterior": "helvae",
                "inference": "helvae",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "mwbvae",
            "Mwbvae",
            "mixture of Wasserstein barycenters over all subsets",
            "Qiu et al. (2025), arXiv:2412.20487",
            {
                "posterior": "barycenters",
                "inference": "barycenters",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "gpoe",
            "Gpoe",
            "product of experts with learned weights for each dimension",
            "Cao, Fleet (2014)",
            {
                "posterior": "generalized-product",
                "inference": "generalized-product",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "mcvae",
            "Mcvae",
            "mean of the ELBOs of all experts",
            "Antelmi, Ayache, Robert, Lorenzi (2019)",
            {
                "posterior": "mixture",
                "inference": "mixture",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders over M draws",
            },
        ),
        _method(
            "codevae",
            "Codevae",
            "consensus of dependent experts, with learned weights of subsets",
            "Mancisidor, Jenssen, Yu, Kampffmeyer (2025), arXiv:2505.01134",
            {
                "posterior": "consensus-of-subsets",
                "inference": "consensus-of-subsets",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders over 2^M - 1 draws",
            },
        ),
        _method(
            "crmvae",
            "Crmvae",
            "product of experts, reconstructions also from each expert",
            "MultiVae 1.0.3",
            {
                "posterior": "product",
                "inference": "product",
                "lower bound": "no: it averages likelihoods given two posteriors",
                "passes": "M encoders, M decoders over 2 draws",
            },
        ),
        _method(
            "jmvae",
            "Jmvae",
            "joint encoder that unimodal encoders match",
            "Suzuki, Nakayama, Matsuo (2016)",
            {
                "posterior": "joint",
                "inference": "joint",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, a joint network, M decoders",
            },
        ),
        _method(
            "telbo",
            "Telbo",
            "joint encoder; joint and unimodal ELBOs",
            "Vedantam, Fischer, Huang, Murphy (2018)",
            {
                "posterior": "joint",
                "inference": "joint",
                "lower bound": "no: it adds the ELBOs of the modalities alone",
                "passes": "M encoders, a joint network, M decoders over 2 draws",
            },
        ),
        _method(
            "factors",
            "Factors",
            "factor analysis, with networks beside the linear model",
            "Rubin, Thayer (1982); Wu, Goodman (2018)",
            {
                "posterior": "evidence",
                "inference": "evidence",
                "lower bound": IF_ALL_ONE,
                "passes": "M encoders, M decoders",
            },
        ),
        _method(
            "custom",
            "Custom",
            "any aggregator with any objective",
            "",
            {"posterior": "by option", "dynamic prior": "by option", "lower bound": "not stated"},
        ),
    ]


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
        facts={"dynamic prior": "none", "styles": STYLES, **facts},
    )
