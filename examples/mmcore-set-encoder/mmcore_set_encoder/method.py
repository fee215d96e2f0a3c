"""The method ``set-encoder``."""

from mmcore.codec import ModelContext
from mmcore.methods.base import Method
from mmcore.methods.weights import style_training, term_weights

from mmcore_set_encoder.encoder import SetEncoder
from mmcore_set_encoder.objective import MaskedElbo
from mmcore_set_encoder.settings import SetEncoderSettings


def set_encoder(settings: SetEncoderSettings, context: ModelContext) -> Method:
    """Return the method of Hirt, Campolo, Leong and Ortega (2023)."""
    weights = term_weights(settings, context)
    posterior = SetEncoder(context.names, context.content_dim, settings.width)
    objective = MaskedElbo(posterior, weights, style_training(settings))
    return Method(objective, posterior, caveat="q(c | x_K) stands for the posterior given x_K")
