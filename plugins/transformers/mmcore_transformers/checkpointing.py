"""Memory for time."""

from typing import Any

__all__ = ["checkpoint"]


def checkpoint(network: Any) -> None:
    """Let a model of transformers compute activations anew in the backward pass."""
    # Releases of the library differ in the name: the newer ones warn of the older name.
    newer = getattr(network, "activation_checkpointing_enable", None)
    enable = newer or network.gradient_checkpointing_enable
    enable({"use_reentrant": False})
