"""The precision of networks that is fastest on a device."""

import torch

__all__ = ["automatic_precision"]


def automatic_precision(device: str) -> str:
    """Return ``bf16-mixed`` where the hardware multiplies numbers in bfloat16, else ``32-true``.

    Arguments:
        device: its type, such as ``cpu`` or ``cuda``.
    """
    if device == "cuda":
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    half = device == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if half else "32-true"
