"""A method of named parts: any joint posterior with any objective."""

from mmcore.config.components import CustomSettings
from mmcore.encoding import Inference
from mmcore.methods.base import Method, ModelContext, aggregator, equally
from mmcore.methods.weights import style_training, term_weights
from mmcore.objectives import Objective, ObjectiveContext

__all__ = ["custom"]


def custom(settings: CustomSettings, context: ModelContext) -> Method:
    """Return a method of named parts, with which an aggregator, inference or objective can be tried.

    The context of the objective, an `ObjectiveContext`, has the posterior, the weights and the styles.
    """
    posterior = _posterior(settings, context)
    parts = ObjectiveContext.within(
        context, posterior, term_weights(settings, context), style_training(settings)
    )
    objective: Objective = parts.make("objective", settings.objective, settings.objective_options)
    return Method(objective, posterior, caveat="a combination of named parts declares no bound")


def _posterior(settings: CustomSettings, context: ModelContext) -> Inference:
    name, options = settings.posterior, settings.posterior_options
    if name in context.catalogue.names("inference"):
        posterior: Inference = context.make("inference", name, options)
        return posterior
    mean = aggregator(context, name, options)
    return equally(mean, context, prior=settings.prior_expert)
