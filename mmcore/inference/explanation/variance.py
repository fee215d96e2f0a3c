"""Variance of the observed values that the content explains: all of it, and each of its dimensions."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmcore.codec import Codec
from mmcore.encoding import Encoding, Inference
from mmcore.inference.prediction.elements import Elements

__all__ = ["by_dimension", "by_subset", "explained"]


def explained(observed: Tensor, expected: Tensor) -> float | None:
    r"""Return the share of the variance of observed elements that expected elements explain.

    .. math:: R^2 = 1 - \frac{\sum_{nj} (\tilde x_{nj} - \tilde y_{nj})^2}{\sum_{nj} \tilde x_{nj}^2}

    The tilde subtracts the mean over the rows in which the element is observed, from both. It is 0 for a
    constant y, and negative if y is farther from x than a constant. None if x does not vary.

    Shapes:
        observed: (B, F), x, NaN where missing. expected: (B, F), y.
    """
    seen = ~observed.isnan()
    rows = seen.sum(0).clamp_min(1)
    x, y = (
        (part - part.sum(0) / rows).masked_fill(~seen, 0)
        for part in (p.double().masked_fill(~seen, 0) for p in (observed, expected))
    )
    total = float((x**2).sum())
    return 1 - float(((x - y) ** 2).sum()) / total if total else None


@torch.no_grad()
def by_subset(
    codec: Codec, posterior: Inference, encoding: Encoding, given: Sequence[str]
) -> dict[str, float | None]:
    """Return the variance that the content given a subset explains, by modality.

    The expected value is decoded from the posterior mean of the content, with the style at the mean of
    its prior. Only rows that have all of ``given`` and the compared modality count. A modality that no
    row has, or whose elements cannot be compared (see `Elements`), has None.

    Arguments:
        codec: the decoders.
        posterior: q(c | X_K).
        encoding: encoding of the rows.
        given: the subset K; empty for all modalities that each row has.
    """
    return {
        name: _explained(codec, _having(encoding, (*given, name)), given, posterior, name)
        for name in codec.names
    }


@torch.no_grad()
def by_dimension(
    codec: Codec, posterior: Inference, encoding: Encoding, name: str
) -> list[float | None]:
    r"""Return the variance of a modality that each dimension of the content explains alone, (D,).

    The expected value is that of `by_subset`, with all other dimensions at their average over the rows.
    For a linear decoder of weights A this is the :math:`R^2` of :math:`A_d (c_d - \bar c_d)`, as in MOFA.

    Arguments:
        codec: the decoders.
        posterior: q(c | X), given all modalities that each row has.
        encoding: encoding of the rows.
        name: the modality; the others only determine the content.
    """
    rows = _having(encoding, (name,))
    dimensions = range(encoding.content.loc.shape[-1])
    if not rows.rows:
        return [None for _ in dimensions]
    content = posterior(rows).mean
    average = content.mean(0, keepdim=True).expand_as(content)
    alone = (_only(content, average, dimension) for dimension in dimensions)
    return [_of_content(codec, rows, name, each) for each in alone]


def _having(encoding: Encoding, names: Sequence[str]) -> Encoding:
    if names[-1] not in encoding.values:
        return encoding.select(torch.zeros_like(encoding.present[0]))
    return encoding.select(encoding.has(names))


def _only(content: Tensor, average: Tensor, dimension: int) -> Tensor:
    alone = average.clone()
    alone[:, dimension] = content[:, dimension]
    return alone


def _explained(
    codec: Codec, rows: Encoding, given: Sequence[str], posterior: Inference, name: str
) -> float | None:
    if not rows.rows:
        return None
    seen = rows.restrict(given) if given else rows
    return _of_content(codec, rows, name, posterior(seen).mean)


def _of_content(codec: Codec, rows: Encoding, name: str, content: Tensor) -> float | None:
    style = codec.style_prior(name).mean.to(content).expand(len(content), -1)
    elements = Elements.of(codec[name], rows.values[name])
    expected = elements.expected(codec.decode(name, content, style))
    return explained(elements.observed(rows.values[name], expected.shape[1]), expected)
