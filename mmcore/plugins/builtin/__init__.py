"""The components of the core, registered through the same hook as those of plug-ins."""

from mmcore.plugins.builtin.formats import formats
from mmcore.plugins.builtin.latent import aggregators, inferences, priors
from mmcore.plugins.builtin.methods import methods
from mmcore.plugins.builtin.metrics import metrics
from mmcore.plugins.builtin.objectives import objectives
from mmcore.plugins.builtin.training import optimizers, trackers
from mmcore.plugins.hookspecs import hookimpl
from mmcore.plugins.spec import ComponentSpec

__all__ = ["mmcore_components"]


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the components of the core."""
    return [
        *aggregators(),
        *priors(),
        *inferences(),
        *objectives(),
        *methods(),
        *formats(),
        *optimizers(),
        *trackers(),
        *metrics(),
    ]
