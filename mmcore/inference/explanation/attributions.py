"""Attribution of decoded elements to the dimensions of the content, by integrated gradients."""

import numpy as np
import torch
from torch import Tensor
from torch.autograd.functional import jvp

from mmcore.codec import Codec
from mmcore.inference.prediction.elements import Elements

__all__ = ["attribution", "loadings"]

NODES = 8
"""Nodes of the quadrature along the path; it is exact for a gradient that is a polynomial of degree 15."""


def attribution(
    codec: Codec, name: str, elements: Elements, content: Tensor, average: Tensor, dimension: int
) -> Tensor:
    r"""Return the change of each expected element that a dimension of the content is responsible for.

    .. math:: \phi_{bdj} = (c_{bd} - \bar c_d) \int_0^1
        \frac{\partial f_j}{\partial c_d}(\bar c + \alpha (c_b - \bar c)) \, d\alpha

    The sum over the dimensions is :math:`f_j(c_b) - f_j(\bar c)`. For a linear decoder,
    :math:`\phi_{bdj} = A_{jd} (c_{bd} - \bar c_d)`. The style is at the mean of its prior.

    Shapes:
        content: (B, D). average: (D,). returns: (B, F).

    Arguments:
        codec: the decoders.
        name: the modality.
        elements: of the modality.
        content: posterior means.
        average: where the path begins.
        dimension: d.

    References:
        Sundararajan, Taly, Yan (2017), "Axiomatic Attribution for Deep Networks".
    """
    style = codec.style_prior(name).mean.to(content).expand(len(content), -1).detach()
    offset = content - average
    direction = torch.zeros_like(offset)
    direction[:, dimension] = offset[:, dimension]

    def expected(point: Tensor) -> Tensor:
        return elements.expected(codec.decode(name, point, style))

    places, weights = np.polynomial.legendre.leggauss(NODES)
    total = torch.zeros(())
    # torch.func.jvp is faster, but it compiles decompositions first, and warns.
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        total = total + weight * jvp(expected, average + place * offset, direction)[1]
    return total


@torch.no_grad()
def loadings(codec: Codec, name: str, elements: Elements, content: Tensor) -> Tensor:
    r"""Return how much each element changes with each dimension of the content, (D, F).

    It is the slope of the regression of :math:`\phi_{\cdot dj}` on :math:`c_d - \bar c_d` times the
    standard deviation of :math:`c_d`: the change of the element, in its unit, for a standard deviation of
    the dimension. For a linear decoder of weights A it is :math:`A_{jd} \, sd(c_d)`.

    Arguments:
        codec: the decoders.
        name: the modality.
        elements: of the modality.
        content: posterior means, (B, D).
    """
    average = content.mean(0)
    offset = content - average
    rows = []
    for dimension in range(content.shape[1]):
        own = offset[:, dimension]
        change = attribution(codec, name, elements, content, average, dimension)
        spread = float((own**2).mean())
        slope = own @ change / len(own) / (spread or 1.0)
        rows.append(slope * spread**0.5)
    return torch.stack(rows)
