"""Functions shared by the factories of methods: factors of the terms, and checks."""

import math
from collections.abc import Mapping

from mmcore.config.components import GuardedSettings, MethodSettings
from mmcore.errors import MmcoreError, nearest
from mmcore.methods.base import ModelContext
from mmcore.objectives import StyleTraining, TermWeights

__all__ = ["require_styles", "style_training", "term_weights", "weighted_caveat", "weights_by_name"]


WEIGHTED = "beta, style or likelihood weights other than 1 make it a weighted objective"


def term_weights(settings: MethodSettings, context: ModelContext) -> TermWeights:
    """Return the factors of the terms of the loss.

    The default factor of a likelihood is the largest data size over its own, so that 784 pixels and 8
    letters have equal influence on the shared latent variable. The default factor of a style is the
    square root of that, times `Modality.style_weight` (the reasons are given in docs/design/002-styles.md
    and 011-diversity.md).

    References:
        Shi, Siddharth, Paige, Torr (2019), Appendix; Sutter, Daunhawer, Vogt (2020).
    """
    sizes = {name: modality.data_size for name, modality in context.modalities.items()}
    by_size = {name: max(sizes.values()) / size for name, size in sizes.items()}
    likelihood = weights_by_name(settings.likelihood_weights, by_size, "likelihood_weights")
    roots = {
        name: modality.style_weight * math.sqrt(by_size[name])
        for name, modality in context.modalities.items()
    }
    style = weights_by_name(settings.style_weights, roots, "style_weights")
    return TermWeights(
        beta=settings.beta,
        style={name: settings.beta_style * weight for name, weight in style.items()},
        likelihood=likelihood,
    )


def style_training(settings: GuardedSettings) -> StyleTraining:
    """Return how styles are drawn in training."""
    return StyleTraining(settings.style_warmup, settings.style_cross_gradient)


def weighted_caveat(weights: TermWeights, context: ModelContext) -> str:
    """Return why weighted terms are not a bound, or nothing; styles of size 0 do not count."""
    used = {name: weights.style[name] for name, size in context.style_dims.items() if size}
    counted = TermWeights(weights.beta, used, weights.likelihood)
    return "" if counted.are_one else WEIGHTED


def weights_by_name(
    given: Mapping[str, float] | None, default: Mapping[str, float], option: str
) -> dict[str, float]:
    """Return the weights of an option by modality, with the default for those that it leaves out.

    Raises:
        MmcoreError: the option names a modality that the model does not have.
    """
    for name in given or {}:
        if name not in default:
            raise MmcoreError(
                f"{option} names '{name}', expected modalities of this model: {', '.join(default)}"
                + nearest(name, default)
            )
    return {**default, **(given or {})}


def require_styles(method: str, why: str, context: ModelContext) -> None:
    """Check that every modality has a subspace of its own.

    Raises:
        MmcoreError: a modality has none.
    """
    without = [name for name, size in context.style_dims.items() if size == 0]
    if without:
        raise MmcoreError(
            f"{method} needs a style of size 1 or more for {', '.join(without)}, because {why};"
            " give a size such as --style-dim 4, or choose another method"
        )
