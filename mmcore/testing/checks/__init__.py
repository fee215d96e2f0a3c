"""The checks of every kind: a table of contents.

A kind of component that is not in `KITS` is held to what is asked of any component.
"""

from mmcore.testing.checks.aggregator import AGGREGATOR
from mmcore.testing.checks.component import kit_of_any
from mmcore.testing.checks.dataset import DATASET
from mmcore.testing.checks.format import FORMAT
from mmcore.testing.checks.method import METHOD, OBJECTIVE
from mmcore.testing.checks.modality import MODALITY
from mmcore.testing.checks.source import SOURCE
from mmcore.testing.kit import Kit

__all__ = ["KITS", "kit_of"]

KITS: tuple[Kit, ...] = (MODALITY, DATASET, AGGREGATOR, OBJECTIVE, METHOD, SOURCE, FORMAT)


def kit_of(kind: str) -> Kit:
    """Return the checks of a kind."""
    return next((kit for kit in KITS if kit.kind == kind), kit_of_any(kind))
