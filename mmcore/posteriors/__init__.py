"""Joint posteriors with parameters of their own; `mmcore.fusion` is the one without."""

from mmcore.posteriors.evidence import EvidenceProduct
from mmcore.posteriors.generalized import GeneralizedProduct
from mmcore.posteriors.joint import JointEncoder
from mmcore.posteriors.subsets import ConsensusOfSubsets

__all__ = ["ConsensusOfSubsets", "EvidenceProduct", "GeneralizedProduct", "JointEncoder"]
