"""The conformance kit, and models whose likelihoods and posteriors are known exactly.

The names are imported when they are first used, because pytest imports this package wherever it runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmcore.testing.catalogues import VECTORS, catalogue_of
    from mmcore.testing.check import (
        KIT_VERSION,
        Check,
        NonConformance,
        NotApplicable,
        Unchecked,
        require,
    )
    from mmcore.testing.checks import KITS, kit_of
    from mmcore.testing.kit import Kit
    from mmcore.testing.linear_gaussian import (
        LinearGaussian,
        LinearGaussianSettings,
        LinearGaussianWorld,
    )
    from mmcore.testing.parametrize import parametrize_checks
    from mmcore.testing.report import Outcome, Report
    from mmcore.testing.running import (
        check_aggregator,
        check_dataset,
        check_inference,
        check_method,
        check_metric,
        check_modality,
        check_objective,
        check_optimizer,
        check_prior,
        check_source,
        check_tracker,
        run_checks,
    )

_HOMES = {
    "VECTORS": "catalogues",
    "KITS": "checks",
    "KIT_VERSION": "check",
    "Check": "check",
    "Kit": "kit",
    "LinearGaussian": "linear_gaussian",
    "LinearGaussianSettings": "linear_gaussian",
    "LinearGaussianWorld": "linear_gaussian",
    "NonConformance": "check",
    "NotApplicable": "check",
    "Outcome": "report",
    "Report": "report",
    "Unchecked": "check",
    "catalogue_of": "catalogues",
    "check_aggregator": "running",
    "check_dataset": "running",
    "check_inference": "running",
    "check_method": "running",
    "check_metric": "running",
    "check_modality": "running",
    "check_objective": "running",
    "check_optimizer": "running",
    "check_prior": "running",
    "check_source": "running",
    "check_tracker": "running",
    "kit_of": "checks",
    "parametrize_checks": "parametrize",
    "require": "check",
    "run_checks": "running",
}

__all__ = [
    "KITS",
    "KIT_VERSION",
    "VECTORS",
    "Check",
    "Kit",
    "LinearGaussian",
    "LinearGaussianSettings",
    "LinearGaussianWorld",
    "NonConformance",
    "NotApplicable",
    "Outcome",
    "Report",
    "Unchecked",
    "catalogue_of",
    "check_aggregator",
    "check_dataset",
    "check_inference",
    "check_method",
    "check_metric",
    "check_modality",
    "check_objective",
    "check_optimizer",
    "check_prior",
    "check_source",
    "check_tracker",
    "kit_of",
    "parametrize_checks",
    "require",
    "run_checks",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'mmcore.testing' has no attribute '{name}'")
    return getattr(import_module(f"mmcore.testing.{_HOMES[name]}"), name)
