"""What each modality tells, against the linear-Gaussian world, where it is exact."""

import pytest
import torch

from mmcore import Batch, Gaussian, Mixture, Noise
from mmcore.aggregators import GeometricMean, MixtureOfExperts, ProductOfExperts
from mmcore.distributions import gaussian_kl, kl
from mmcore.fusion import Fusion
from mmcore.inference.explanation.information import information
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld

pytestmark = pytest.mark.usefixtures("float64")

ROWS = 6
NAMES = ("m0", "m1", "m2")


def made():
    """Return a world, its values and an encoding in which row 0 has `m0` alone."""
    world = LinearGaussianWorld.of(3, content_dim=2, features=4, encoder="likelihood", style_dim=1)
    values = world.sample(ROWS)
    present = {name: torch.arange(ROWS) > 0 for name in ("m1", "m2")}
    return world, values, world.codec.encode(Batch.of(values, present))


def test_nats_are_the_exact_divergence_from_the_posterior_without_it():
    world, values, encoding = made()
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0, 1.0], 1.0, StandardPrior(2))
    actual = information(StandardPrior(2), fusion, encoding, Noise(ROWS)).nats
    for place, name in enumerate(NAMES):
        rest = {other: x for other, x in values.items() if other != name}
        exact = gaussian_kl(world.posterior(values), world.posterior(rest))
        assert torch.allclose(actual[place, 1:], exact[1:])
    alone = gaussian_kl(world.posterior({"m0": values["m0"]}))
    assert torch.allclose(actual[0, 0], alone[0])
    assert actual[1:, 0].isnan().all()


def test_the_share_of_precision_is_that_of_the_expert():
    world, _, encoding = made()
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0, 1.0], 1.0, StandardPrior(2))
    actual = information(StandardPrior(2), fusion, encoding, Noise(ROWS)).precision
    own = torch.stack(
        [
            (world.codec[name].loading[:, :2] ** 2).sum(0) / world.codec[name].scale ** 2
            for name in NAMES
        ]
    )
    exact = (own / (1 + own.sum(0))).mean(-1)
    assert torch.allclose(actual[:, 1:], exact.unsqueeze(1).expand(3, ROWS - 1))
    assert torch.allclose(actual[0, 0], (own[0] / (1 + own[0])).mean())
    assert actual[1:, 0].isnan().all()


def test_shares_of_a_geometric_mean_leave_the_rest_to_the_prior():
    _, _, encoding = made()
    fusion = Fusion(GeometricMean(), [0.1, 0.2, 0.3], 0.4, StandardPrior(2))
    actual = information(StandardPrior(2), fusion, encoding, Noise(ROWS)).precision[:, 1:]
    weights = torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1)
    own = weights * (-encoding.content.logvar[:, 1:]).exp()
    assert torch.allclose(actual, (own / (0.4 + own.sum(0))).mean(-1))


def test_without_a_prior_the_shares_are_all_there_is():
    _, _, encoding = made()
    fusion = Fusion(ProductOfExperts(), [1.0, 1.0, 1.0])
    actual = information(StandardPrior(2), fusion, encoding, Noise(ROWS))
    assert torch.allclose(actual.precision.nansum(0), torch.ones(ROWS))
    assert actual.nats[0].isfinite().all()


def test_a_mixture_is_estimated():
    """A mixture of one component many times over is the Gaussian itself."""
    q_loc, q_logvar, p_loc = torch.randn(3, ROWS, 2, generator=torch.Generator().manual_seed(0))
    q, p = Gaussian(q_loc, q_logvar), Gaussian(p_loc, torch.zeros(ROWS, 2))
    twice = Gaussian(torch.stack([q.loc, q.loc]), torch.stack([q.logvar, q.logvar]))
    mixture = Mixture(twice, torch.full((2, ROWS), 0.5), torch.eye(2, dtype=torch.bool))
    exact = gaussian_kl(q, p)
    actual = kl(mixture, p, Noise(ROWS), draws=4000)
    # the spread of log q - log p over draws is about the square root of twice the divergence, and 2
    assert ((actual - exact).abs() < 5 * (2 + (4 * exact).sqrt()) / 4000**0.5).all()
    _, _, encoding = made()
    fusion = Fusion(MixtureOfExperts(), [1.0, 1.0, 1.0])
    actual = information(StandardPrior(2), fusion, encoding, Noise(ROWS)).nats
    assert actual[:, 1:].isfinite().all()
