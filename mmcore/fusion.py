"""An aggregator in its place: with the weights of the experts and, maybe, the prior among them."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmcore.aggregators import Aggregator, Experts
from mmcore.aggregators.experts import expert_shares
from mmcore.codec import Encoding
from mmcore.distributions import LatentDistribution
from mmcore.errors import MmcoreError, nearest
from mmcore.noise import Noise

__all__ = ["Fusion", "checked_weights"]

PRIOR = "prior"


class Fusion(nn.Module):
    r"""One distribution over the content for each row, from the experts that the row has.

    Arguments:
        aggregator: the abstract mean.
        weights: :math:`\pi_1 .. \pi_M`, non-negative.
        prior: :math:`\pi_0`, the weight of N(0, I) among them; None leaves it out.
    """

    weights: Tensor
    prior: Tensor | None
    shares: Tensor

    def __init__(
        self, aggregator: Aggregator, weights: Sequence[float], prior: float | None = None
    ) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.register_buffer("weights", torch.tensor(weights), persistent=False)
        pi_0 = None if prior is None else torch.tensor(prior)
        self.register_buffer("prior", pi_0, persistent=False)
        self.register_buffer("shares", expert_shares(self.weights, pi_0), persistent=False)

    def experts(self, encoding: Encoding, noise: Noise | None = None) -> Experts:
        """Return the experts with their weights renormalised over what each row has."""
        return Experts.sharing(encoding.content, encoding.present, self.shares, noise)

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> LatentDistribution:
        """Return the distribution; ``noise`` is for an aggregator that draws."""
        fused: LatentDistribution = self.aggregator(self.experts(encoding, noise))
        return fused


def checked_weights(
    given: Mapping[str, float] | None, names: Sequence[str]
) -> tuple[list[float], float]:
    r"""Return :math:`(\pi_1 .. \pi_M)` and :math:`\pi_0`; equal ones if none are given.

    Raises:
        MmcoreError: a name is not a modality nor ``prior``, one is left out, a weight is negative,
            or the weights do not sum to 1.
    """
    wanted = [PRIOR, *names]
    if given is None:
        return [1 / len(wanted)] * len(names), 1 / len(wanted)
    for name, weight in given.items():
        if name not in wanted:
            raise MmcoreError(
                f"weights name '{name}', expected exactly {', '.join(wanted)}{nearest(name, wanted)}"
            )
        if not weight >= 0:
            raise MmcoreError(f"weight {name}={weight} is negative; weights are 0 or more, sum 1")
    missing = [name for name in wanted if name not in given]
    total = sum(given.values())
    if missing:
        raise MmcoreError(
            f"weights leave out {', '.join(missing)}; give {', '.join(wanted)}, sum 1"
        )
    if abs(total - 1) > 1e-6:
        raise MmcoreError(
            f"weights sum to {total:.6g}, expected 1; divide each by {total:.6g} to mend it"
        )
    return [float(given[name]) for name in names], float(given[PRIOR])
