"""The arguments of the checks of metrics: how one is made, and small models and data to measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from mmcore.batch import UNKNOWN, Batch
from mmcore.config import EvaluationSettings, ModalityConfig, ModelConfig
from mmcore.data import Data, Paired, Samples, TensorView
from mmcore.distributions import Gaussian
from mmcore.encoding import Encoding, Inference
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.plugins import Catalogue, ComponentSpec, Context
from mmcore.testing.catalogues import VECTORS, catalogue_of
from mmcore.testing.component import Component
from mmcore.testing.vectors import VectorData

__all__ = ["NAMES", "MetricCase", "MostPrecise", "NoOptions"]
