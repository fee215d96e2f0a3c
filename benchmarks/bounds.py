"""Nats by which objectives exceed log p(X) in linear-Gaussian worlds, and divergences from each mean.

uv run python benchmarks/bounds.py
"""

import torch

from mmcore import Batch, Noise
from mmcore.aggregators import (
    Aggregator,
    GeometricMean,
    HoelderMean,
    MixtureOfBarycenters,
    MixtureOfExperts,
    MomentMatched,
    PowerMean,
    WassersteinBarycenter,
)
from mmcore.codec import Codec
from mmcore.distributions import gaussian_kl, jensen_shannon, jensen_shannon_bound
from mmcore.fusion import Fusion
from mmcore.plugins import Context
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

ROWS, DRAWS, CONTENT = 6, 2000, 2
MEANS: tuple[Aggregator, ...] = (GeometricMean(), MixtureOfExperts())
ALL: dict[str, Aggregator] = {
    "arithmetic": MixtureOfExperts(),
    "hoelder": HoelderMean(),
    "barycenters": MixtureOfBarycenters(),
    "moments": MomentMatched(MixtureOfExperts()),
    "helvae": MomentMatched(HoelderMean()),
    "power 1": PowerMean(1.0),
    "wasserstein": WassersteinBarycenter(),
    "power 0.5": PowerMean(0.5),
    "power 0": PowerMean(0.0),
    "geometric, power -1": GeometricMean(),
    "power -2": PowerMean(-2.0),
}
SCALES = (0.7, 0.1, 0.03)


def world(modalities: int, scale: float) -> LinearGaussianWorld:
    """Return a world whose experts are the exact posteriors given one modality."""
    context = Context.of(CONTENT, 0)
    codecs = {
        f"m{i}": LinearGaussian(LinearGaussianSettings(features=6, seed=i, scale=scale), context)
        for i in range(modalities)
    }
    return LinearGaussianWorld(Codec(codecs, dict.fromkeys(codecs, 0), StandardPrior(CONTENT)))


@torch.no_grad()
def excesses(modalities: int, scale: float) -> list[float]:
    """Return the excess of Eq. 6 and of the objectives with each mean, in nats."""
    linear = world(modalities, scale)
    values = linear.sample(ROWS, seed=3)
    many = Batch.of({name: x.repeat(DRAWS, 1) for name, x in values.items()})
    encoding, noise = linear.codec.encode(many), Noise(ROWS * DRAWS)
    content = Fusion(MixtureOfExperts(), [1.0] * modalities)(encoding).rsample(noise)
    fit = torch.zeros(len(content))
    for name in linear.codec.names:
        fit += linear.codec.decode(name, content, content[:, :0]).log_prob(many.values[name])
    divergences = [gaussian_kl(encoding.content).mean(0)]
    for mean in MEANS:
        prior = Fusion(mean, [1.0] * modalities, 1.0, linear.codec.prior)
        experts = prior.experts(encoding, noise)
        js = jensen_shannon(experts.gaussians, experts.weights, mean(experts), noise.at("js"))
        divergences.append(js)
    exact = linear.log_prob(values)
    return [float(((fit - d).view(DRAWS, ROWS).mean(0) - exact).mean()) for d in divergences]


@torch.no_grad()
def divergences(modalities: int, scale: float) -> dict[str, float]:
    """Return the Jensen-Shannon divergence of experts and prior from each mean, in nats."""
    linear = world(modalities, scale)
    values = {name: x.repeat(DRAWS, 1) for name, x in linear.sample(ROWS, seed=3).items()}
    encoding, noise = linear.codec.encode(Batch.of(values)), Noise(ROWS * DRAWS)
    experts = Fusion(GeometricMean(), [1.0] * modalities, 1.0, linear.codec.prior).experts(encoding)
    q, pi = experts.gaussians, experts.weights
    nats = {name: float(jensen_shannon(q, pi, f(experts), noise).mean()) for name, f in ALL.items()}
    return {**nats, "arithmetic, bound": float(jensen_shannon_bound(q, pi).mean())}


def main() -> None:
    """Print both tables."""
    print("modalities  sigma    Eq. 6  geometric  arithmetic")
    for modalities in (1, 2, 3):
        for scale in SCALES:
            numbers = "".join(f"{value:11.2f}" for value in excesses(modalities, scale))
            print(f"{modalities:10} {scale:6}{numbers}")
    print("\ndivergence of three experts and the prior, nats, by sigma " + str(SCALES))
    divergence = [divergences(3, scale) for scale in SCALES]
    for name in divergence[0]:
        print(f"{name:>24}" + "".join(f"{each[name]:11.2f}" for each in divergence))


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
