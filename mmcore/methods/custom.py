"""A bundle of one's own: any aggregator with any objective."""

from mmcore.config.components import CustomSettings
from mmcore.methods.base import Method, MethodContext, aggregator, equally
from mmcore.methods.weights import style_training, term_weights
from mmcore.objectives import Objective

__all__ = ["custom"]


def custom(settings: CustomSettings, context: MethodContext) -> Method:
    """Return a method of named parts: so a third party's aggregator or objective is tried out.

    An objective component is called as ``factory(posterior, weights, styles, **its settings)``.
    """
    catalogue = context.catalogue
    mean = aggregator(catalogue, settings.posterior, settings.posterior_options)
    posterior = equally(mean, context, prior=settings.prior_expert)
    options = catalogue.settings("objective", settings.objective, settings.objective_options)
    objective: Objective = catalogue.load("objective", settings.objective)(
        posterior,
        term_weights(settings, context),
        style_training(settings),
        **options.model_dump(),
    )
    return Method(objective, posterior, caveat="nobody has said that this bundle is one")
