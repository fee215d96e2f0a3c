"""Nats by which objectives exceed log p(X) in linear-Gaussian worlds, docs/design/001."""

import torch

from mmcore import Batch, Noise
from mmcore.aggregators import Aggregator, GeometricMean, MixtureOfExperts
from mmcore.codec import Codec
from mmcore.distributions import gaussian_kl, jensen_shannon
from mmcore.fusion import Fusion
from mmcore.plugins import Context
from mmcore.priors import StandardPrior
from mmcore.testing import LinearGaussianWorld
from mmcore.testing.linear_gaussian import LinearGaussian, LinearGaussianSettings

ROWS, DRAWS, CONTENT = 6, 2000, 2
MEANS: tuple[Aggregator, ...] = (GeometricMean(), MixtureOfExperts())


def world(modalities: int, scale: float) -> LinearGaussianWorld:
    """Return a world whose experts are the exact posteriors given one modality."""
    context = Context.of(CONTENT, 0)
    made = {
        f"m{i}": LinearGaussian(LinearGaussianSettings(features=6, seed=i, scale=scale), context)
        for i in range(modalities)
    }
    return LinearGaussianWorld(Codec(made, dict.fromkeys(made, 0), StandardPrior(CONTENT)))


@torch.no_grad()
def excesses(modalities: int, scale: float) -> list[float]:
    """Return the excess of Eq. 6 and of the objectives with each mean, in nats."""
    made = world(modalities, scale)
    values = made.sample(ROWS, seed=3)
    many = Batch.of({name: x.repeat(DRAWS, 1) for name, x in values.items()})
    encoding, noise = made.codec.encode(many), Noise(ROWS * DRAWS)
    content = Fusion(MixtureOfExperts(), [1.0] * modalities)(encoding).rsample(noise)
    fit = torch.zeros(len(content))
    for name in made.codec.names:
        fit += made.codec.decode(name, content, content[:, :0]).log_prob(many.values[name])
    divergences = [gaussian_kl(encoding.content).mean(0)]
    for mean in MEANS:
        prior = Fusion(mean, [1.0] * modalities, 1.0, made.codec.prior)
        experts = prior.experts(encoding, noise)
        js = jensen_shannon(experts.gaussians, experts.weights, mean(experts), noise.at("js"))
        divergences.append(js)
    exact = made.log_prob(values)
    return [float(((fit - d).view(DRAWS, ROWS).mean(0) - exact).mean()) for d in divergences]


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    print("modalities  sigma    Eq. 6  geometric  arithmetic")
    for modalities in (1, 2, 3):
        for scale in (0.7, 0.1, 0.03):
            numbers = "".join(f"{value:11.2f}" for value in excesses(modalities, scale))
            print(f"{modalities:10} {scale:6}{numbers}")
