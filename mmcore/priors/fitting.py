"""Fitting a density to draws by maximum likelihood."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from mmcore.noise import Noise

__all__ = ["maximize_likelihood", "minimize"]

STEPS, BATCH, EVERY, PATIENCE = 2000, 512, 50, 8
PEAK = 5e-3
LEAST = 1e-3
"""Nats by which the loss must fall; a smaller gain is not worth a step."""


def maximize_likelihood(
    module: nn.Module,
    log_prob: Callable[[Tensor], Tensor],
    draws: Tensor,
    held_out: Tensor,
    noise: Noise,
) -> None:
    """Maximize the mean log density of draws, and keep the parameters that suit the held-out ones best.

    Arguments:
        module: owner of the parameters.
        log_prob: log density in nats, (B,), of points, (B, D).
        draws: (N, D).
        held_out: (H, D); the fit ends where their density has not risen for a while.
        noise: source of the randomness.
    """
    minimize(module, lambda z, _: -log_prob(z).mean(), draws, held_out, noise)


def minimize(
    module: nn.Module,
    loss: Callable[[Tensor, Noise], Tensor],
    draws: Tensor,
    held_out: Tensor,
    noise: Noise,
    *,
    steps: int = STEPS,
) -> None:
    """Minimize a loss over batches of draws by Adam, and keep the parameters best on the held-out draws.

    Arguments:
        module: owner of the parameters; nothing happens if it has none.
        loss: of points, (B, D), and noise for as many rows.
        draws: (N, D).
        held_out: (H, D).
        noise: source of the randomness.
        steps: largest number of steps.
    """
    parameters = [p for p in module.parameters() if p.requires_grad and p.numel()]
    if not parameters:
        return
    optimizer = torch.optim.Adam(parameters)
    best, kept, since = math.inf, _copied(module), 0
    for step in range(steps):
        if step % EVERY == 0:
            with torch.no_grad():
                now = float(loss(held_out, noise.at("held out").resized(len(held_out))))
            best, kept, since = (
                (now, _copied(module), 0) if now < best - LEAST else (best, kept, since + 1)
            )
            if since > PATIENCE:
                break
        own = noise.at(f"{step}").resized(min(BATCH, len(draws)))
        rows = (own.uniform("rows") * len(draws)).long().clamp_max(len(draws) - 1)
        optimizer.param_groups[0]["lr"] = PEAK * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.zero_grad()
        loss(draws[rows], own).backward()
        optimizer.step()
    module.load_state_dict(kept)


def _copied(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}
