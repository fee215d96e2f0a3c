"""Explanation of a predicted value by the modalities and the cells of its record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution

from mmcore.batch import Batch
from mmcore.encoding import Encoding
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.posterior_draws import posterior_draws
from mmcore.inference.prediction.predictive import decoded, on_scale, predictive, style_mean
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import Latents

__all__ = ["Contributions", "Target", "contributions", "predicted", "without_each"]

NODES = 8


@dataclass(frozen=True, slots=True)
class Target:
    """An element of a modality, whose expectation is explained.

    Arguments:
        name: the modality.
        place: index of the element in the flattened value.
        code: of the class whose probability is explained, if the element is a category.
    """

    name: str
    place: int
    code: int | None = None

    def of(self, model: Model, likelihood: Distribution) -> Tensor:
        """Return the mean of the number, or the probability of the class, (B,)."""
        if self.code is None:
            mean: Tensor = likelihood.mean.flatten(1)[:, self.place]
            return mean
        return self._shares(model, likelihood)[:, self.code]

    def with_most_likely(
        self, model: Model, encoding: Encoding, draws: int, noise: Noise
    ) -> "Target":
        """Return the target with the most likely class, if the element is a category."""
        if bool(_on_scale(model, self.name)[self.place]):
            return self
        latents = _draws(model, encoding, draws, noise)
        shares = [
            self._shares(model, p).sum(0) for p in decoded(model.codec, self.name, latents, noise)
        ]
        return replace(self, code=int(torch.stack(shares).sum(0).argmax()))

    def _shares(self, model: Model, likelihood: Distribution) -> Tensor:
        shares = model.codec[self.name].class_probabilities(likelihood)
        if shares is None:
            raise MmcoreError(
                f"'{self.name}' has no probabilities of categories, which could be explained; choose a column"
                " of numbers"
            )
        return shares[:, int((~_on_scale(model, self.name)[: self.place]).sum())]


@torch.no_grad()
def predicted(
    model: Model, encoding: Encoding, target: Target, draws: int, level: float, noise: Noise
) -> tuple[float, tuple[float, float] | None]:
    """Return the expectation of a target given one record, and its interval; None for a class.

    Arguments:
        model: a trained model.
        encoding: encoding of one row.
        target: what is explained.
        draws: of content and style.
        level: probability that the interval covers.
        noise: randomness of the row.
    """
    latents = _draws(model, encoding, draws, noise)
    parts = [target.of(model, p) for p in decoded(model.codec, target.name, latents, noise)]
    value = float(torch.cat(parts).double().mean())
    if target.code is not None:
        return value, None
    whole = predictive(model, target.name, latents, level, noise)
    low, high = (float(end.flatten()[target.place]) for end in (whole.low, whole.high))
    return value, (low, high)


def without_each(
    model: Model, encoding: Encoding, target: Target, draws: int, noise: Noise
) -> dict[str, float]:
    """Return the expectation of a target without each modality that the record has, with equal noise.

    Without its only modality, it is that of the prior.
    """
    observed = [name for name in encoding.names if bool(encoding.has((name,)).all())]
    return {
        name: predicted(
            model, encoding.restrict([n for n in observed if n != name]), target, draws, 0.9, noise
        )[0]
        for name in observed
    }


@dataclass(frozen=True, slots=True)
class Contributions:
    """Integrated gradients of a target, from average numbers to those of a record.

    Arguments:
        start: the target where all numbers of the record are average.
        end: the target of the record; both at the means of content and style.
        by_name: contributions of the elements of each modality, (E,), 0 for missing cells and categories,
            whose sum is ``end`` - ``start``.
    """

    start: float
    end: float
    by_name: Mapping[str, Tensor]


def contributions(
    model: Model, record: Batch, target: Target, averages: Mapping[str, Tensor]
) -> Contributions:
    r"""Return the contribution of each number of a record to the expectation of a target.

    .. math:: \phi_i = (x_i - \bar x_i) \int_0^1
        \frac{\partial f}{\partial x_i}(\bar x + \alpha (x - \bar x)) \, d\alpha

    f is decoded at the means of content and style given the record. Missing cells stay missing, and
    categories and modalities without an average keep their values.

    Arguments:
        model: a trained model.
        record: one row.
        target: what is explained.
        averages: by modality, the average of each element, (*E), NaN for elements that keep their value.

    References:
        Sundararajan, Taly, Yan (2017), "Axiomatic Attribution for Deep Networks".
    """
    places, weights = np.polynomial.legendre.leggauss(NODES)
    steps = torch.tensor([0.0, *((places + 1) / 2), 1.0])
    starts = {
        name: torch.where(averages[name].isnan(), x, averages[name].to(x))
        for name, x in record.values.items()
        if name in averages and bool(record.present[name].all())
    }
    path = {}
    for name, start in starts.items():
        share = steps.to(start).reshape(-1, *[1] * (start.dim() - 1))
        path[name] = (start + share * (record.values[name] - start)).requires_grad_()
    values = _along(model, record, path, len(steps), target)
    gradients = torch.autograd.grad(values.sum(), list(path.values()), allow_unused=True)
    middle = torch.tensor([0.0, *(weights / 2), 0.0])
    by_name = {}
    for (name, start), gradient in zip(starts.items(), gradients, strict=True):
        slope = (
            0.0 if gradient is None else torch.einsum("s,s...->...", middle.to(gradient), gradient)
        )
        by_name[name] = ((record.values[name] - start)[0] * slope).nan_to_num(nan=0.0).detach()
    start, *_, end = values.tolist()
    return Contributions(start, end, by_name)


def _along(
    model: Model, record: Batch, path: Mapping[str, Tensor], steps: int, target: Target
) -> Tensor:
    """Return the target at each step of a path, (S,), through which gradients flow."""
    values = {n: path.get(n, x.expand(steps, *x.shape[1:])) for n, x in record.values.items()}
    present = {name: mask.expand(steps) for name, mask in record.present.items()}
    sites = None if record.sites is None else record.sites.expand(steps)
    encoding = model.codec.encode(Batch(values, present, sites=sites))
    content = model.generation(encoding).mean
    style = style_mean(model.codec, encoding, target.name)
    return target.of(model, model.codec.decode(target.name, content, style))


def _on_scale(model: Model, name: str) -> Tensor:
    """Return which elements of the flattened values of a modality are numbers, (E,)."""
    modality = model.codec[name]
    return on_scale(model, name, torch.empty(0, *modality.event_shape)).flatten()


def _draws(model: Model, encoding: Encoding, draws: int, noise: Noise) -> Latents:
    """Return draws given the modalities of a row, or of the prior if it has none."""
    if bool(encoding.present.any()):
        return posterior_draws(model, encoding, draws, noise)
    kind, codec = encoding.content.loc.dtype, model.codec
    styles = {n: codec.style_prior(n).sample(noise.at(n), "prior", draws) for n in model.names}
    content = codec.prior.sample(noise, "content", draws).transpose(0, 1)
    return Latents(content.to(kind), {n: s.transpose(0, 1).to(kind) for n, s in styles.items()})
