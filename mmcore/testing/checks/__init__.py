"""The checks of every kind: a table of contents.

A kind that is not in `KITS` has the checks of any registered component.
"""

from mmcore.testing.checks.aggregator import AGGREGATOR
from mmcore.testing.checks.component import general_kit
from mmcore.testing.checks.dataset import DATASET
from mmcore.testing.checks.format import FORMAT
from mmcore.testing.checks.inference import INFERENCE
from mmcore.testing.checks.method import METHOD, OBJECTIVE
from mmcore.testing.checks.metric import METRIC
from mmcore.testing.checks.modality import MODALITY
from mmcore.testing.checks.optimizer import OPTIMIZER
from mmcore.testing.checks.prior import PRIOR
from mmcore.testing.checks.source import SOURCE
from mmcore.testing.checks.tracker import TRACKER
from mmcore.testing.kit import Kit

__all__ = ["KITS", "kit_of"]

KITS: tuple[Kit, ...] = (
    MODALITY,
    DATASET,
    PRIOR,
    INFERENCE,
    AGGREGATOR,
    OBJECTIVE,
    METHOD,
    SOURCE,
    OPTIMIZER,
    TRACKER,
    METRIC,
    FORMAT,
)


def kit_of(kind: str) -> Kit:
    """Return the checks of a kind."""
    return next((kit for kit in KITS if kit.kind == kind), general_kit(kind))
