"""Every component that the core ships, through the public kit."""

import pytest

from mmcore.plugins import Catalogue
from mmcore.testing import parametrize_checks

CORE = Catalogue.discover({"MMCORE_PLUGINS": ""})
# Weights of 1, so that what is a bound is declared as one and held to it.
PLAIN = {"beta": 1.0, "beta_style": 1.0}


DRAWN = ("mmjsd", "mopoe", "joint-elbo")


def is_slow(kind, name, check):
    """Return whether tests/methods has the same identity, on fewer draws."""
    drawn = check in ("order-of-modalities", "subset") and name not in DRAWN
    return drawn and kind in ("method", "objective")


def items(kind, name, settings=None):
    """Return the parameters of one component, with its name before that of the check."""
    mark = parametrize_checks(kind, name, catalogue=CORE, settings=settings)
    messages = "".join(f"-{value}" for value in (settings or {}).values() if value != 1.0)
    return [
        pytest.param(
            *p.values,
            marks=[*p.marks, *([pytest.mark.slow] if is_slow(kind, name, p.id) else [])],
            id=f"{kind}-{name}{messages}-{p.id}",
        )
        for p in mark.mark.args[1]
    ]


SHIPPED = [
    *[("aggregator", name) for name in CORE.names("aggregator")],
    ("aggregator", "power", {"power": -2.0}),
    *[("inference", name) for name in CORE.names("inference")],
    *[("prior", name) for name in ("standard", "gaussian", "mixture")],
    *[("objective", name) for name in CORE.names("objective")],
    *[("method", name, PLAIN) for name in CORE.names("method")],
    ("method", "mmjsd", {**PLAIN, "dynamic_prior": "arithmetic"}),
    ("method", "mmvae", {**PLAIN, "estimator": "dreg"}),
    ("method", "mvtcae", {**PLAIN, "alpha": 0.0}),
]


@pytest.mark.parametrize("check", [item for shipped in SHIPPED for item in items(*shipped)])
def test_conforms(check):
    check()


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", [item for name in ("clusters", "flow", "diffusion") for item in items("prior", name)]
)
def test_a_prior_that_is_fitted_by_gradients_conforms(check):
    check()
