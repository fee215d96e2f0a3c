"""Gradient checkpointing."""

from typing import Any

__all__ = ["checkpoint"]


def checkpoint(network: Any) -> None:
    """Make a model of transformers compute activations again in the backward pass."""
    # The name differs between releases of the library; newer ones warn about the older name.
    newer = getattr(network, "activation_checkpointing_enable", None)
    enable = newer or network.gradient_checkpointing_enable
    enable({"use_reentrant": False})
