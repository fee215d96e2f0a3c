"""Training options that ``hf-text`` suggests; no torch is imported here."""

from mmcore.plugins import Suggestion
from mmcore_transformers.settings import HfTextSettings

__all__ = ["text_suggestion"]

LEARNING_RATE = 2e-4
"""For deep encoders, which collapse at the default of the core, see docs/backbones.md."""


def text_suggestion(settings: HfTextSettings) -> Suggestion:
    """Return a smaller learning rate if the settings name an encoder and train it.

    The small default encoder learns best at the default of the core.
    """
    own = settings.model is not None or settings.config is not None
    return Suggestion(learning_rate=LEARNING_RATE if own and not settings.frozen else None)
