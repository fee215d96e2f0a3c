"""What ``hf-text`` is best trained with; no torch is imported here."""

from mmcore.plugins import Suggestion
from mmcore_transformers.settings import HfTextSettings

__all__ = ["text_suggestion"]

LEARNING_RATE = 2e-4
"""Of deep encoders: at the core's default they forget their input, see docs/backbones.md."""


def text_suggestion(settings: HfTextSettings) -> Suggestion:
    """Return a smaller learning rate for an encoder of the user's own that is trained.

    The tiny encoder that stands in for one learns best at the core's default.
    """
    own = settings.model is not None or settings.config is not None
    return Suggestion(learning_rate=LEARNING_RATE if own and not settings.frozen else None)
