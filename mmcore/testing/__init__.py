"""What tests of plug-ins and of the core build on: worlds whose answers are known."""

from mmcore.testing.catalogues import catalogue_of
from mmcore.testing.linear_gaussian import (
    LinearGaussian,
    LinearGaussianSettings,
    LinearGaussianWorld,
)

__all__ = ["LinearGaussian", "LinearGaussianSettings", "LinearGaussianWorld", "catalogue_of"]
