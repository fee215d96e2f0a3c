"""Weights of the terms of a loss, given or by data size."""

import math
from collections.abc import Mapping

from mmcore.errors import MmcoreError, nearest
from mmcore.methods.base import MethodContext

__all__ = ["likelihood_weights", "style_weights"]


def likelihood_weights(
    given: Mapping[str, float] | None, context: MethodContext
) -> dict[str, float]:
    """Return the weight of each modality's likelihood: the largest data size over its own.

    So that 784 pixels and 8 letters pull equally at the shared latent variable.

    References:
        Shi, Siddharth, Paige, Torr (2019), Appendix; Sutter, Daunhawer, Vogt (2020).
    """
    sizes = {name: modality.data_size for name, modality in context.modalities.items()}
    largest = max(sizes.values())
    return _given_or(
        given, {name: largest / size for name, size in sizes.items()}, "likelihood_weights"
    )


def style_weights(given: Mapping[str, float] | None, context: MethodContext) -> dict[str, float]:
    """Return the weight of each style's divergence: the square root of the likelihood's default.

    A style pays this price for every nat that it holds. It has to lie above what a second copy of
    the content would earn and below what the rest of the data earns, and both grow with the weight of
    the likelihood (docs/design/002-styles.md).
    """
    sizes = {name: modality.data_size for name, modality in context.modalities.items()}
    largest = max(sizes.values())
    default = {name: math.sqrt(largest / size) for name, size in sizes.items()}
    return _given_or(given, default, "style_weights")


def _given_or(
    given: Mapping[str, float] | None, default: dict[str, float], option: str
) -> dict[str, float]:
    for name in given or {}:
        if name not in default:
            raise MmcoreError(
                f"{option} names '{name}', expected modalities of this model: {', '.join(default)}"
                + nearest(name, default)
            )
    return {**default, **(given or {})}
