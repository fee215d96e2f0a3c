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
