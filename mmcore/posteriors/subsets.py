"""A mixture over all subsets of the modalities, with learned weights."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmcore.aggregators.consensus import consensus
from mmcore.aggregators.subsets import all_subsets
from mmcore.codec import ModelContext
from mmcore.config.parts import ConsensusSettings
from mmcore.distributions import Mixture
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
from mmcore.noise import Noise

__all__ = ["ConsensusOfSubsets", "consensus_of_subsets"]

MOST = 10
"""Modalities; there are 2^M - 1 subsets, 1023 of ten."""


class ConsensusOfSubsets(Inference):
    r"""The mixture of the consensus of all subsets of dependent experts.

    .. math:: q(c | X) = \sum_{K \neq \emptyset} w_K\, \mathrm{consensus}(\{q_m\}_{m \in K}), \qquad
        w = \mathrm{softmax}(\lambda)

    The weights are learned. In a row that lacks modalities, a subset contributes the consensus of those
    that the row has, and subsets without any have weight 0.

    Arguments:
        names: the modalities of the model, at most ten.
        correlation: of the errors of two experts, from 0 to below 1.

    Raises:
        MmcoreError: there are more than ten modalities.

    References:
        Mancisidor, Jenssen, Yu, Kampffmeyer (2025), arXiv:2505.01134.
    """

    members: Tensor

    def __init__(self, names: Sequence[str], correlation: float) -> None:
        super().__init__()
        if len(names) > MOST:
            raise MmcoreError(
                f"{len(names)} modalities have {2 ** len(names) - 1} subsets, expected at most {MOST}"
                " modalities; choose method mopoe, which draws subsets"
            )
        self.correlation = correlation
        # Subsets of the sorted names: the order in which a user lists the modalities changes no result.
        places = [sorted(names).index(name) for name in names]
        members = all_subsets(len(names), torch.device("cpu"))[:, places]
        self.register_buffer("members", members, persistent=False)
        self.logits = nn.Parameter(torch.zeros(len(members)))

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> Mixture:
        """Return the mixture of each row."""
        common = self.members.unsqueeze(-1) & encoding.present
        available = common.any(1)
        # Where a subset and a row have no modality in common, all of the row's stand in, with weight 0.
        common = torch.where(available.unsqueeze(1), common, encoding.present)
        components = consensus(encoding.content, common, self.correlation)
        logits = self.logits.unsqueeze(-1).masked_fill(~available, -torch.inf)
        return Mixture(components, logits.softmax(0), self.members)


def consensus_of_subsets(settings: ConsensusSettings, context: ModelContext) -> ConsensusOfSubsets:
    """Return the mixture over the subsets of a model."""
    return ConsensusOfSubsets(context.names, settings.correlation)
