"""Multimodal VAEs for any number of modalities, any of which may be missing.

The names below are imported at their first use, so that ``import mmcore`` is fast.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from mmcore.aggregators import Aggregator, Experts
    from mmcore.batch import Batch
    from mmcore.codec import Codec
    from mmcore.config import RunConfig
    from mmcore.distributions import Gaussian, LatentDistribution, Mixture
    from mmcore.encoding import Encoding, Inference
    from mmcore.errors import MmcoreError
    from mmcore.estimator import MultimodalVAE
    from mmcore.modality import Modality, Posterior
    from mmcore.model import Model
    from mmcore.noise import Noise
    from mmcore.objectives import LossTerms, Objective
    from mmcore.plugins import Catalogue, Context
    from mmcore.priors import Prior
    from mmcore.runs.evaluation.evaluate import evaluate
    from mmcore.runs.prediction import embed, impute, score
    from mmcore.runs.training.train import train

_HOMES = {
    "Aggregator": "mmcore.aggregators",
    "Batch": "mmcore.batch",
    "Catalogue": "mmcore.plugins",
    "Codec": "mmcore.codec",
    "Context": "mmcore.plugins",
    "Encoding": "mmcore.encoding",
    "Inference": "mmcore.encoding",
    "Experts": "mmcore.aggregators",
    "Gaussian": "mmcore.distributions",
    "LatentDistribution": "mmcore.distributions",
    "LossTerms": "mmcore.objectives",
    "MmcoreError": "mmcore.errors",
    "Mixture": "mmcore.distributions",
    "Modality": "mmcore.modality",
    "Model": "mmcore.model",
    "MultimodalVAE": "mmcore.estimator",
    "Noise": "mmcore.noise",
    "Objective": "mmcore.objectives",
    "Posterior": "mmcore.modality",
    "Prior": "mmcore.priors",
    "RunConfig": "mmcore.config",
    "__version__": "mmcore",
    "embed": "mmcore.runs.prediction",
    "evaluate": "mmcore.runs.evaluation.evaluate",
    "impute": "mmcore.runs.prediction",
    "score": "mmcore.runs.prediction",
    "train": "mmcore.runs.training.train",
}

__all__ = [
    "Aggregator",
    "Batch",
    "Catalogue",
    "Codec",
    "Context",
    "Encoding",
    "Experts",
    "Gaussian",
    "Inference",
    "LatentDistribution",
    "LossTerms",
    "Mixture",
    "MmcoreError",
    "Modality",
    "Model",
    "MultimodalVAE",
    "Noise",
    "Objective",
    "Posterior",
    "Prior",
    "RunConfig",
    "__version__",
    "embed",
    "evaluate",
    "impute",
    "score",
    "train",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        # Metadata of distributions is slow to read.
        return version("mmcore")
    if name not in _HOMES:
        raise AttributeError(f"module 'mmcore' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
