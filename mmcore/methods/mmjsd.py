"""mmJSD: mixture posterior, dynamic prior, Jensen-Shannon divergence."""

from mmcore.aggregators import GeometricMean, MixtureOfExperts, ProductOfExperts
from mmcore.errors import MmcoreError
from mmcore.fusion import Fusion, checked_weights
from mmcore.methods.base import Method, MethodContext, aggregator
from mmcore.methods.settings import MmJsdSettings
from mmcore.methods.weights import likelihood_weights, style_weights
from mmcore.objectives.mmjsd import MmJsd, TermWeights
from mmcore.objectives.styles import StyleTraining

__all__ = ["mmjsd"]

CAVEAT = "the dynamic prior depends on X (docs/design/001-is-mmjsd-a-bound.md)"


def mmjsd(settings: MmJsdSettings, context: MethodContext) -> Method:
    """Return the method of the paper.

    A subset of modalities is inferred from by the same abstract mean that is the dynamic prior: over
    the experts that are there and N(0, I).

    References:
        Sutter, Daunhawer, Vogt (2020).
    """
    names = list(context.modalities)
    pi, pi_0 = checked_weights(settings.weights, names)
    mean = aggregator(context.catalogue, settings.dynamic_prior)
    if not isinstance(mean, GeometricMean | ProductOfExperts):
        raise MmcoreError(
            f"dynamic_prior '{settings.dynamic_prior}' has no closed form, expected an aggregator"
            " whose mean of Gaussians is Gaussian: geometric or product"
        )
    dynamic_prior = Fusion(mean, pi, pi_0)
    weights = TermWeights(
        beta=settings.beta,
        style={
            name: settings.beta_style * weight
            for name, weight in style_weights(settings.style_weights, context).items()
        },
        likelihood=likelihood_weights(settings.likelihood_weights, context),
    )
    styles = StyleTraining(settings.style_warmup, settings.style_cross_gradient)
    objective = MmJsd(Fusion(MixtureOfExperts(), pi), dynamic_prior, weights, styles)
    return Method(objective, dynamic_prior, is_lower_bound=False, caveat=CAVEAT)
