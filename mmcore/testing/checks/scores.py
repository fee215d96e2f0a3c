"""A test that the score of a density, the gradient of its log, has mean zero over its own draws."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

__all__ = ["GROUPS", "largest_score"]

GROUPS = 24
HALF = GROUPS // 2


def largest_score(
    log_prob: Callable[[int], Tensor], leaves: Mapping[str, Tensor]
) -> tuple[str, float] | None:
    r"""Return the tensor whose score is farthest from mean zero, and by how many standard errors.

    For a normalized density :math:`E_{x \sim p}[\nabla \log p(x)] = \nabla \int p(x) dx = 0`. The first
    half of the groups of draws chooses a direction for each tensor, the other half tests it.

    Arguments:
        log_prob: from the number of a group to log densities, (N,), of draws of that group.
        leaves: the tensors, by name.

    Returns:
        Name and distance, or None where no gradient reaches any tensor.
    """
    directions = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for group in range(HALF):
        for name, gradient in _gradients(log_prob(group), leaves).items():
            directions[name] += gradient
    directions = {name: tensor for name, tensor in directions.items() if bool(tensor.any())}
    if not directions:
        return None
    tests: dict[str, list[Tensor]] = {name: [] for name in directions}
    for group in range(HALF, GROUPS):
        gradients = _gradients(log_prob(group), leaves)
        for name, direction in directions.items():
            gradient = gradients.get(name, torch.zeros_like(direction))
            tests[name].append((gradient * direction / direction.norm()).sum())
    distances = {name: _distance(torch.stack(values)) for name, values in tests.items()}
    worst = max(distances, key=lambda name: distances[name])
    return worst, distances[worst]


def _gradients(log_prob: Tensor, leaves: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if not log_prob.requires_grad:
        return {}
    gradients = torch.autograd.grad(log_prob.sum(), list(leaves.values()), allow_unused=True)
    return {name: g for name, g in zip(leaves, gradients, strict=True) if g is not None}


def _distance(values: Tensor) -> float:
    values = values.double()
    error = values.std() / len(values) ** 0.5
    return float(values.mean().abs() / (error + 1e-6 * values.abs().max() + 1e-30))
