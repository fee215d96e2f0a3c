"""Encodings, and averages over draws, for tests of the successors of mmJSD."""

import torch
from methods.test_methods import average, data, names_of, terms

from mmcore import Batch, Gaussian, Noise
from mmcore.encoding import Encoding

NAMES, ROWS, CONTENT = ("b", "a", "c"), 5, 3
HOLES = torch.tensor([[1, 1, 0, 1, 0], [1, 0, 1, 1, 0], [1, 0, 1, 0, 1]], dtype=torch.bool)


def encoding(present=None):
    generator = torch.Generator().manual_seed(0)
    loc, logvar = torch.randn(2, len(NAMES), ROWS, CONTENT, generator=generator)
    whole = torch.ones(len(NAMES), ROWS, dtype=torch.bool)
    return Encoding(NAMES, Gaussian(loc, logvar), whole if present is None else present, {}, {})


def same(one, other):
    return torch.allclose(one.loc, other.loc) and torch.allclose(one.logvar, other.logvar)


def equal_on_average(one, other, factor=1.0):
    """Compare the mean losses of two methods and batches."""
    (mean, error), (wanted, more) = (average(*each, draws=4000) for each in (one, other))
    return ((mean - factor * wanted).abs() < 4 * (error + factor * more) + 1e-6).all()


def average_divergence(model, batch, name, draws=400):
    """Return the mean of a divergence of each row over independent draws, and its standard error."""
    values = {n: x.repeat(draws, 1) for n, x in batch.values.items()}
    present = {n: mask.repeat(draws) for n, mask in batch.present.items()}
    with torch.no_grad():
        actual = terms(model, Batch.of(values, present)).divergences[name].view(draws, -1)
    return actual.mean(0), actual.std(0) / draws**0.5


def exact_kl(q, p, draws=4000):
    """Return KL(q || p), (B,) nats, and its standard error."""
    z = torch.stack([q.rsample(Noise(len(q.mean), step=n)) for n in range(draws // 10)]).detach()
    actual = (q.log_prob(z) - p.log_prob(z)).detach()
    return actual.mean(0), actual.std(0) / (draws // 10) ** 0.5


def holed(count, rows=6):
    kept = torch.rand(rows, count, generator=torch.Generator().manual_seed(1)) > 0.4
    kept[:, 0] = True
    names = names_of(count)
    return Batch.of(data(names), dict(zip(names, kept.unbind(1), strict=True)))
