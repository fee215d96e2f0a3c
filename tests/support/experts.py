"""Experts at random places, for tests of aggregators."""

import torch

from mmcore.aggregators import (
    Experts,
    with_prior,
)
from mmcore.distributions import Gaussian

WEIGHTS = [0.5, 0.3, 0.2]


def experts(rows=4, dims=2, *, present=None, order=(0, 1, 2), prior=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    loc = torch.randn(3, rows, dims, generator=generator)
    logvar = 0.5 * torch.randn(3, rows, dims, generator=generator)
    there = torch.ones(3, rows, dtype=torch.bool) if present is None else present
    index = list(order)
    q, there, weights = (
        Gaussian(loc[index], logvar[index]),
        there[index],
        torch.tensor(WEIGHTS)[index],
    )
    if prior is not None:
        q, there = with_prior(Gaussian(torch.zeros(dims), torch.zeros(dims)), q, there)
        weights = torch.cat([torch.tensor([prior]), weights])
    return Experts.weighted(q, there, weights)


def points(rows=4, dims=2):
    return torch.randn(9, rows, dims, generator=torch.Generator().manual_seed(5))
